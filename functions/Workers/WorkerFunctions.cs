using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using RootCx.Core.Apps;
using RootCx.Core.Auth;
using RootCx.Core.Errors;
using RootCx.Core.Workers;
using RootCx.Functions.Api;

namespace RootCx.Functions.Workers;

/// <summary>Starts, stops and shows apps' workers.</summary>
public sealed class WorkerFunctions(WorkerControl control, WorkerStore store, Authenticator authenticator, Permissions permissions)
{
    /// <summary><c>POST /api/v1/apps/{appId}/worker/start</c>: 200 once it runs. Needs <c>*</c> or <c>app:{appId}:*</c>.</summary>
    [Function("WorkerStart")]
    public async Task<IResult> Start(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/apps/{appId}/worker/start")] HttpRequest request, string appId)
    {
        await AuthoriseAsync(request, appId);
        await control.StartAsync(appId, request.HttpContext.RequestAborted);
        return ApiResult.Message($"worker '{appId}' started");
    }

    /// <summary><c>POST /api/v1/apps/{appId}/worker/stop</c>: 200 once it has ended. Needs <c>*</c> or <c>app:{appId}:*</c>.</summary>
    [Function("WorkerStop")]
    public async Task<IResult> Stop(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/apps/{appId}/worker/stop")] HttpRequest request, string appId)
    {
        await AuthoriseAsync(request, appId);
        await control.StopAsync(appId, request.HttpContext.RequestAborted);
        return ApiResult.Message($"worker '{appId}' stopped");
    }

    /// <summary><c>GET /api/v1/apps/{appId}/worker/status</c>: any user; 404 for an app that was never deployed.</summary>
    [Function("WorkerStatus")]
    public async Task<IResult> Status(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/apps/{appId}/worker/status")] HttpRequest request, string appId)
    {
        await authenticator.RequireAsync(request);
        var worker = await store.FindAsync(AppId.Require(appId), request.HttpContext.RequestAborted)
            ?? throw new RefusedException(Refusal.NotFound, $"app '{appId}' not found");
        return TypedResults.Json(new WorkerStatusBody(appId, worker.Status.Name()), ApiJson.Default.WorkerStatusBody);
    }

    /// <summary><c>GET /api/v1/workers</c>: the status of all of them; administrators only.</summary>
    [Function("Workers")]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/workers")] HttpRequest request)
    {
        await permissions.RequireAdminAsync(await authenticator.RequireAsync(request), request.HttpContext.RequestAborted);
        var workers = await store.ListAsync(request.HttpContext.RequestAborted);
        return TypedResults.Json(
            new WorkersBody(workers.ToDictionary(worker => worker.AppId, worker => worker.Status.Name())), ApiJson.Default.WorkersBody);
    }

    private async Task AuthoriseAsync(HttpRequest request, string appId)
    {
        var caller = await authenticator.RequireAsync(request);
        await permissions.RequireAppAdminAsync(caller, AppId.Require(appId), request.HttpContext.RequestAborted);
    }
}

/// <summary>Answer of status.</summary>
internal sealed record WorkerStatusBody([property: JsonPropertyName("app_id")] string AppId, string Status);

/// <summary>Answer of the list, by app id.</summary>
internal sealed record WorkersBody(IReadOnlyDictionary<string, string> Workers);
