using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using RootCx.Core.Apps;
using RootCx.Core.Errors;
using RootCx.Functions.Api;

namespace RootCx.Functions.Apps;

/// <summary>Installs, shows and uninstalls apps.</summary>
public sealed class AppFunctions(
    AppInstaller installer, AppUninstaller uninstaller, AppCatalogue catalogue, Authenticator authenticator, IOptions<ApiOptions> api)
{
    /// <summary>
    /// <c>POST /api/v1/apps</c>: a manifest → 200 once the app is as it says. A new app needs <c>*</c> or <c>platform:apps.create</c>, one that is there <c>*</c> or
    /// <c>app:{appId}:*</c>. <c>?allowDestructive=true</c> where changes that lose data are guarded against.
    /// </summary>
    [Function("AppInstall")]
    public async Task<IResult> Install([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/apps")] HttpRequest request)
    {
        var actor = await authenticator.RequireActorAsync(request);
        var manifest = await ManifestBody.ReadAsync(request, api.Value.JsonBodyBytes);
        await installer.InstallAsync(actor, manifest, request.Query["allowDestructive"] == "true", request.HttpContext.RequestAborted);
        return ApiResult.Message($"app '{manifest.AppId}' installed");
    }

    /// <summary><c>GET /api/v1/apps</c> → 200: all apps by name, or those of <c>?type=</c>. Any user.</summary>
    [Function("Apps")]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/apps")] HttpRequest request)
    {
        await authenticator.RequireAsync(request);
        return TypedResults.Json(await catalogue.ListAsync(request.Query["type"], request.HttpContext.RequestAborted), ApiJson.Plain.IReadOnlyListAppSummary);
    }

    /// <summary><c>GET /api/v1/apps/{appId}</c> → 200: the app with its data contract as it was received. Any user.</summary>
    [Function("App")]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/apps/{appId}")] HttpRequest request, string appId)
    {
        await authenticator.RequireAsync(request);
        var app = await catalogue.FindAsync(AppId.Require(appId), request.HttpContext.RequestAborted)
            ?? throw new RefusedException(Refusal.NotFound, $"app '{appId}' not found");
        return TypedResults.Json(app, ApiJson.Plain.AppDetail);
    }

    /// <summary>
    /// <c>DELETE /api/v1/apps/{appId}</c> → 200, whether it was there or not: its worker is stopped and all that is its own deleted. Needs <c>*</c> or <c>app:{appId}:*</c>.
    /// </summary>
    [Function("AppUninstall")]
    public async Task<IResult> Uninstall([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/v1/apps/{appId}")] HttpRequest request, string appId)
    {
        await authenticator.RequireAsync(request); // whatever else is wrong
        var actor = await authenticator.RequireAppAdminAsync(request, AppId.RequireUnreserved(appId));
        await uninstaller.UninstallAsync(actor, appId, request.HttpContext.RequestAborted);
        return ApiResult.Message($"app '{appId}' uninstalled");
    }
}
