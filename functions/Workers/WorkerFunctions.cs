using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using RootCx.Core.Apps;
using RootCx.Core.Channels;
using RootCx.Core.Errors;
using RootCx.Core.Workers;
using RootCx.Functions.Api;

namespace RootCx.Functions.Workers;

/// <summary>Starts, stops and shows apps' workers.</summary>
public sealed class WorkerFunctions(
    WorkerControl control, WorkerStore store, WorkerReplicas replicas, RpcClient channel, Authenticator authenticator, IOptions<ApiOptions> options)
{
    /// <summary><c>POST /api/v1/apps/{appId}/worker/start</c>: 200 once it runs. Needs <c>*</c> or <c>app:{appId}:*</c>.</summary>
    [Function("WorkerStart")]
    public async Task<IResult> Start(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/apps/{appId}/worker/start")] HttpRequest request, string appId)
    {
        var actor = await authenticator.RequireAppAdminAsync(request, AppId.Require(appId));
        await control.StartAsync(actor, appId, request.HttpContext.RequestAborted);
        return ApiResult.Message($"worker '{appId}' started");
    }

    /// <summary><c>POST /api/v1/apps/{appId}/worker/stop</c>: 200 once it has ended. Needs <c>*</c> or <c>app:{appId}:*</c>.</summary>
    [Function("WorkerStop")]
    public async Task<IResult> Stop(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/apps/{appId}/worker/stop")] HttpRequest request, string appId)
    {
        var actor = await authenticator.RequireAppAdminAsync(request, AppId.Require(appId));
        await control.StopAsync(actor, appId, request.HttpContext.RequestAborted);
        return ApiResult.Message($"worker '{appId}' stopped");
    }

    /// <summary>
    /// <c>GET /api/v1/apps/{appId}/worker/status</c>: any user; 404 for an app that was never deployed. <c>?detail=true</c> adds what the app's supervisor knows of
    /// the process, null if it does not say, as long as there is a supervisor.
    /// </summary>
    [Function("WorkerStatus")]
    public async Task<IResult> Status(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/apps/{appId}/worker/status")] HttpRequest request, string appId)
    {
        await authenticator.RequireAsync(request);
        var worker = await store.FindAsync(AppId.Require(appId), request.HttpContext.RequestAborted)
            ?? throw Unknown(appId);
        return request.Query["detail"] == "true" && worker.SupervisorId is { } supervisor
            ? TypedResults.Json(await DetailAsync(worker, supervisor, request.HttpContext.RequestAborted), ApiJson.Plain.WorkerDetailBody)
            : TypedResults.Json(new WorkerStatusBody(appId, worker.Status.Name()), ApiJson.Plain.WorkerStatusBody);
    }

    /// <summary>
    /// <c>PUT /api/v1/apps/{appId}/worker/replicas</c> <c>{"replicas": n}</c>: so many workers, 1 to 16, each on a supervisor of its own as far as there are so many; calls are
    /// spread between them. 200 at once; 404 for an app that was never deployed. Needs <c>*</c> or <c>app:{appId}:*</c>.
    /// </summary>
    [Function("WorkerReplicas")]
    public async Task<IResult> Scale(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/v1/apps/{appId}/worker/replicas")] HttpRequest request, string appId)
    {
        var actor = await authenticator.RequireAppAdminAsync(request, AppId.Require(appId));
        using var body = await JsonBody.ReadObjectAsync(request, options.Value.JsonBodyBytes);
        var count = body.RootElement.OptionalInteger("replicas", 1, WorkerReplicas.Most) ?? throw new RefusedException(Refusal.Invalid, "missing 'replicas'");
        return await replicas.ScaleAsync(actor, appId, count, request.HttpContext.RequestAborted)
            ? TypedResults.Json(new WorkerReplicasBody(appId, count), ApiJson.Plain.WorkerReplicasBody)
            : throw Unknown(appId);
    }

    /// <summary><c>GET /api/v1/workers</c>: the status of all of them; administrators only.</summary>
    [Function("Workers")]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/workers")] HttpRequest request)
    {
        await authenticator.RequireAdminAsync(request);
        var workers = await store.ListAsync(request.HttpContext.RequestAborted);
        return TypedResults.Json(
            new WorkersBody(workers.ToDictionary(worker => worker.AppId, worker => worker.Status.Name())), ApiJson.Plain.WorkersBody);
    }

    private async Task<WorkerDetailBody> DetailAsync(WorkerState worker, string supervisor, CancellationToken cancellationToken)
    {
        var outcome = await channel.InspectAsync(supervisor, worker.AppId, cancellationToken);
        return new WorkerDetailBody(
            worker.AppId,
            worker.Status.Name(),
            worker.Error,
            worker.Replicas,
            [.. worker.Hosts],
            outcome.Error is null ? JsonElement.Parse(outcome.Result.Span) : null);
    }

    private static RefusedException Unknown(string appId) => new(Refusal.NotFound, $"app '{appId}' not found");
}

/// <summary>Answer of status.</summary>
internal sealed record WorkerStatusBody([property: JsonPropertyName("app_id")] string AppId, string Status);

/// <summary>Answer of status with <c>?detail=true</c>: how many workers are wanted, and the supervisors whose workers take calls.</summary>
internal sealed record WorkerDetailBody(
    [property: JsonPropertyName("app_id")] string AppId, string Status, string? Error, int Replicas, IReadOnlyList<string> Hosts, JsonElement? Detail);

/// <summary>Answer of a change of replicas.</summary>
internal sealed record WorkerReplicasBody([property: JsonPropertyName("app_id")] string AppId, int Replicas);

/// <summary>Answer of the list, by app id.</summary>
internal sealed record WorkersBody(IReadOnlyDictionary<string, string> Workers);
