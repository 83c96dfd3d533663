using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using RootCx.Core.Apps;
using RootCx.Core.Deployments;
using RootCx.Core.Frontends;
using RootCx.Functions.Api;

namespace RootCx.Functions.Deployments;

/// <summary>Shows the versions of apps and brings them back. All of it needs <c>*</c> or <c>app:{appId}:*</c>.</summary>
public sealed class DeploymentFunctions(
    DeploymentHistory history,
    DeploymentStore store,
    DeploymentArchives archives,
    Deployer deployer,
    LiveFrontends pages,
    IOptions<FrontendOptions> frontends,
    TimeProvider time,
    Authenticator authenticator)
{
    /// <summary><c>GET /api/v1/apps/{appId}/deployments</c> → 200: the versions that are kept, newest first.</summary>
    [Function("Deployments")]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/apps/{appId}/deployments")] HttpRequest request, string appId)
    {
        await authenticator.RequireAppAdminAsync(request, AppId.Require(appId));
        return TypedResults.Json(await history.ListAsync(appId, request.HttpContext.RequestAborted), ApiJson.Plain.IReadOnlyListDeploymentSummary);
    }

    /// <summary><c>GET /api/v1/apps/{appId}/deployments/{version}</c> → 200: one of them; 404.</summary>
    [Function("Deployment")]
    public async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/apps/{appId}/deployments/{version}")] HttpRequest request, string appId, string version)
    {
        await authenticator.RequireAppAdminAsync(request, AppId.Require(appId));
        return await AnswerAsync(appId, VersionNumber.Require(version), StatusCodes.Status200OK, request.HttpContext.RequestAborted);
    }

    /// <summary>
    /// <c>POST /api/v1/apps/{appId}/deployments/{version}/activate</c> → 200: the version, once it serves, with the pages that were live with it; 202 if that takes longer than answers can
    /// wait. 409 for one that was never live.
    /// </summary>
    [Function("DeploymentActivate")]
    public async Task<IResult> Activate(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/apps/{appId}/deployments/{version}/activate")] HttpRequest request, string appId, string version)
    {
        var actor = await authenticator.RequireAppAdminAsync(request, AppId.Require(appId));
        var serves = await deployer.ActivateAsync(appId, VersionNumber.Require(version), actor, request.HttpContext.RequestAborted);
        pages.Forget(appId); // whoever asks for them next gets those of this version
        return await AnswerAsync(
            appId, VersionNumber.Require(version), serves ? StatusCodes.Status200OK : StatusCodes.Status202Accepted, request.HttpContext.RequestAborted);
    }

    /// <summary><c>GET /api/v1/apps/{appId}/deployments/{version}/archive</c> → 200, or 206 for a range: the archive as it was uploaded.</summary>
    [Function("DeploymentArchive")]
    public async Task Archive(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/apps/{appId}/deployments/{version}/archive")] HttpRequest request, string appId, string version)
    {
        await authenticator.RequireAppAdminAsync(request, AppId.Require(appId));
        var number = VersionNumber.Require(version);
        var aborted = request.HttpContext.RequestAborted;
        var deployment = await store.FindAsync(appId, number, aborted) ?? throw DeploymentStore.Unknown(appId, number);
        SendLimit.Set(request.HttpContext, frontends.Value.SendTimeout, time);
        await using var archive = await archives.OpenAsync(deployment.Archive, aborted) ?? throw DeploymentStore.Unknown(appId, number); // it was collected in this moment
        var hash = (await history.GetAsync(appId, number, aborted)).Sha256;

        // Here and not by the host, so that a fault on the way is seen.
        var file = TypedResults.Stream(
            archive,
            "application/gzip",
            string.Create(CultureInfo.InvariantCulture, $"{appId}-{number}.tar.gz"),
            entityTag: new EntityTagHeaderValue($"\"{hash}\""),
            enableRangeProcessing: true);
        await file.ExecuteAsync(request.HttpContext);
    }

    private async Task<IResult> AnswerAsync(string appId, int version, int status, CancellationToken cancellationToken) =>
        TypedResults.Json(await history.GetAsync(appId, version, cancellationToken), ApiJson.Plain.DeploymentSummary, statusCode: status);
}
