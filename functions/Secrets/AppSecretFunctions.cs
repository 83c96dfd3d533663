using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using RootCx.Core.Errors;
using RootCx.Core.Secrets;
using RootCx.Functions.Api;

namespace RootCx.Functions.Secrets;

/// <summary>An app's secrets. All of it needs <c>*</c> or <c>app:{appId}:*</c>. Values are never shown; a change replaces the app's worker without losing a call.</summary>
public sealed class AppSecretFunctions(SecretStore store, SecretAccess access, IOptions<ApiOptions> api)
{
    /// <summary><c>GET /api/v1/apps/{appId}/secrets</c> → 200: the names, sorted.</summary>
    [Function("AppSecrets")]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/apps/{appId}/secrets")] HttpRequest request, string appId)
    {
        await access.RequireAppAsync(request, appId);
        return TypedResults.Json(await store.NamesAsync(appId, request.HttpContext.RequestAborted), ApiJson.Plain.IReadOnlyListString);
    }

    /// <summary><c>POST /api/v1/apps/{appId}/secrets</c>: <c>{key, value}</c> → 200 <c>{message, workers_restarted}</c>; one that is there is overwritten.</summary>
    [Function("AppSecretSet")]
    public async Task<IResult> Set(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/apps/{appId}/secrets")] HttpRequest request, string appId)
    {
        var actor = await access.RequireAppAsync(request, appId);
        var (key, value) = await SecretRequest.ReadAsync(request, api.Value.JsonBodyBytes);
        var restarted = await store.SetAsync(actor, appId, SecretName.RequireForApp(key), value, request.HttpContext.RequestAborted);
        return TypedResults.Json(new SecretChangedBody($"secret '{key}' set", restarted), ApiJson.Plain.SecretChangedBody);
    }

    /// <summary><c>DELETE /api/v1/apps/{appId}/secrets/{key}</c> → 200 <c>{message, workers_restarted}</c>; 404 when there is none.</summary>
    [Function("AppSecretDelete")]
    public async Task<IResult> Delete(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/v1/apps/{appId}/secrets/{key}")] HttpRequest request, string appId, string key)
    {
        var actor = await access.RequireAppAsync(request, appId);
        var restarted = await store.DeleteAsync(actor, appId, key, request.HttpContext.RequestAborted)
            ?? throw new RefusedException(Refusal.NotFound, $"secret '{key}' not found");
        return TypedResults.Json(new SecretChangedBody($"secret '{key}' deleted", restarted), ApiJson.Plain.SecretChangedBody);
    }
}
