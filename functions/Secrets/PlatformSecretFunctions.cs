using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using RootCx.Core.Errors;
using RootCx.Core.Secrets;
using RootCx.Functions.Api;

namespace RootCx.Functions.Secrets;

/// <summary>The secrets that every app gets. All of it needs <c>*</c>. A change replaces all workers that are to run, a few at a time, without losing a call.</summary>
public sealed class PlatformSecretFunctions(SecretStore store, DataKeys keys, Authenticator authenticator, IOptions<ApiOptions> api)
{
    /// <summary><c>GET /api/v1/platform/secrets</c> → 200: the names, sorted.</summary>
    [Function("PlatformSecrets")]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/platform/secrets")] HttpRequest request)
    {
        await authenticator.RequireAdminAsync(request);
        var names = await store.NamesAsync(SecretName.PlatformScope, request.HttpContext.RequestAborted);
        return TypedResults.Json(names, ApiJson.Plain.IReadOnlyListString);
    }

    /// <summary><c>POST /api/v1/platform/secrets</c>: <c>{key, value}</c> → 200 <c>{message, workers_restarted}</c>; one that is there is overwritten.</summary>
    [Function("PlatformSecretSet")]
    public async Task<IResult> Set([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/platform/secrets")] HttpRequest request)
    {
        var actor = await authenticator.RequireAdminAsync(request);
        var (key, value) = await SecretRequest.ReadAsync(request, api.Value.JsonBodyBytes);
        var restarted = await store.SetAsync(
            actor, SecretName.PlatformScope, SecretName.RequireForPlatform(key), value, request.HttpContext.RequestAborted);
        return TypedResults.Json(new SecretChangedBody($"platform secret '{key}' set", restarted), ApiJson.Plain.SecretChangedBody);
    }

    /// <summary><c>DELETE /api/v1/platform/secrets/{key}</c> → 200 <c>{message, workers_restarted}</c>; 404 when there is none.</summary>
    [Function("PlatformSecretDelete")]
    public async Task<IResult> Delete(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/v1/platform/secrets/{key}")] HttpRequest request, string key)
    {
        var actor = await authenticator.RequireAdminAsync(request);
        var restarted = await store.DeleteAsync(actor, SecretName.PlatformScope, key, request.HttpContext.RequestAborted)
            ?? throw new RefusedException(Refusal.NotFound, $"platform secret '{key}' not found");
        return TypedResults.Json(new SecretChangedBody($"platform secret '{key}' deleted", restarted), ApiJson.Plain.SecretChangedBody);
    }

    /// <summary><c>GET /api/v1/platform/secrets/env</c> → 200: the values by name. The only place where values are shown.</summary>
    [Function("PlatformSecretValues")]
    public async Task<IResult> Values([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/platform/secrets/env")] HttpRequest request)
    {
        var actor = await authenticator.RequireAdminAsync(request);
        var values = await store.ValuesAsync(actor, SecretName.PlatformScope, request.HttpContext.RequestAborted);
        request.HttpContext.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(values, ApiJson.Plain.IReadOnlyDictionaryStringString);
    }

    /// <summary>
    /// <c>POST /api/v1/platform/secrets/rotate</c> → 200 <c>{message, rewrapped}</c>: encrypts under the present master key the data keys that are under an earlier one. No value
    /// changes and no worker restarts.
    /// </summary>
    [Function("PlatformSecretRotate")]
    public async Task<IResult> Rotate([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/platform/secrets/rotate")] HttpRequest request)
    {
        var actor = await authenticator.RequireAdminAsync(request);
        var rewrapped = await keys.RewrapAsync(actor, request.HttpContext.RequestAborted);
        return TypedResults.Json(
            new RewrappedBody("all data keys are encrypted under the present master key", rewrapped), ApiJson.Plain.RewrappedBody);
    }
}

/// <summary>Answer of a rotation.</summary>
internal sealed record RewrappedBody(string Message, int Rewrapped);
