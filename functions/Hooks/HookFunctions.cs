using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using RootCx.Core.Apps;
using RootCx.Core.Hooks;
using RootCx.Core.Manifests;
using RootCx.Functions.Api;

namespace RootCx.Functions.Hooks;

/// <summary>Row events that enqueue jobs. All of it needs <c>*</c> or <c>app:{appId}:*</c>: a hook hands over rows whatever permission they take.</summary>
public sealed class HookFunctions(HookStore store, Authenticator authenticator, IOptions<ApiOptions> api)
{
    /// <summary><c>GET /api/v1/apps/{appId}/hooks</c> → 200: oldest first; <c>?entity=</c>, <c>?operation=</c>.</summary>
    [Function("Hooks")]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/apps/{appId}/hooks")] HttpRequest request, string appId)
    {
        await authenticator.RequireAppAdminAsync(request, AppId.Require(appId));
        var entity = request.QueryText("entity");
        var operation = request.QueryText("operation") is { } name ? HookRequest.RequireOperation(name) : (RowOperation?)null;
        return TypedResults.Json(await store.ListAsync(appId, entity, operation, request.HttpContext.RequestAborted), ApiJson.Plain.IReadOnlyListEntityHook);
    }

    /// <summary><c>POST /api/v1/apps/{appId}/hooks</c>: <c>{entity, operation, action_type?, action_config?}</c> → 200: the hook. Its jobs run for the caller.</summary>
    [Function("HookCreate")]
    public async Task<IResult> Create(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/apps/{appId}/hooks")] HttpRequest request, string appId)
    {
        var actor = await authenticator.RequireAppAdminAsync(request, AppId.Require(appId));
        using var body = await JsonBody.ReadObjectAsync(request, api.Value.JsonBodyBytes);
        var hook = await store.CreateAsync(appId, HookRequest.Read(body.RootElement), actor.UserId!.Value, request.HttpContext.RequestAborted); // a user
        return TypedResults.Json(hook, ApiJson.Plain.EntityHook);
    }

    /// <summary><c>GET /api/v1/apps/{appId}/hooks/{hookId}</c> → 200: the hook.</summary>
    [Function("Hook")]
    public async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/apps/{appId}/hooks/{hookId}")] HttpRequest request, string appId, string hookId)
    {
        await authenticator.RequireAppAdminAsync(request, AppId.Require(appId));
        return TypedResults.Json(await store.GetAsync(appId, RouteIds.Require(hookId), request.HttpContext.RequestAborted), ApiJson.Plain.EntityHook);
    }

    /// <summary><c>DELETE /api/v1/apps/{appId}/hooks/{hookId}</c> → 200 <c>{ok: true}</c>. Jobs that it has enqueued stay.</summary>
    [Function("HookDelete")]
    public async Task<IResult> Delete(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/v1/apps/{appId}/hooks/{hookId}")] HttpRequest request, string appId, string hookId)
    {
        await authenticator.RequireAppAdminAsync(request, AppId.Require(appId));
        await store.DeleteAsync(appId, RouteIds.Require(hookId), request.HttpContext.RequestAborted);
        return TypedResults.Json(new DoneBody(Ok: true), ApiJson.Plain.DoneBody);
    }
}

/// <summary>Answer of a deletion.</summary>
internal sealed record DoneBody(bool Ok);
