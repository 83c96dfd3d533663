using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using RootCx.Core.Crons;
using RootCx.Functions.Api;

namespace RootCx.Functions.Crons;

/// <summary>Makes, shows, changes, deletes and triggers crons; see <see cref="CronAccess"/> for who may.</summary>
public sealed class CronFunctions(CronStore store, CronReader reader, CronAccess access, IOptions<ApiOptions> api)
{
    private const int UsualRuns = 50;
    private const int MostRuns = 500;

    /// <summary><c>GET /api/v1/crons</c> → 200: those of all apps that the caller may see, by app and name.</summary>
    [Function("Crons")]
    public async Task<IResult> ListAll([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/crons")] HttpRequest request) =>
        TypedResults.Json(await access.ListAllAsync(request), ApiJson.Plain.IReadOnlyListCron);

    /// <summary><c>GET /api/v1/apps/{appId}/crons</c> → 200: by name. Needs <c>cron.read</c>.</summary>
    [Function("AppCrons")]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/apps/{appId}/crons")] HttpRequest request, string appId)
    {
        var range = await access.RequireAsync(request, appId, "read");
        return TypedResults.Json(await reader.ListAsync(appId, range, request.HttpContext.RequestAborted), ApiJson.Plain.IReadOnlyListCron);
    }

    /// <summary>
    /// <c>POST /api/v1/apps/{appId}/crons</c>: <c>{name, schedule, timezone?, payload?, overlapPolicy?, enabled?}</c> → 201: the cron. Needs <c>cron.write</c>;
    /// its jobs run for the caller.
    /// </summary>
    [Function("CronCreate")]
    public async Task<IResult> Create(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/apps/{appId}/crons")] HttpRequest request, string appId)
    {
        var range = await access.RequireAsync(request, appId, "write");
        using var body = await JsonBody.ReadObjectAsync(request, api.Value.JsonBodyBytes);
        var cron = await store.CreateAsync(appId, CronRequest.ReadNew(body.RootElement), range.Owner, request.HttpContext.RequestAborted);
        return TypedResults.Json(cron, ApiJson.Plain.Cron, statusCode: StatusCodes.Status201Created);
    }

    /// <summary>
    /// <c>PATCH /api/v1/apps/{appId}/crons/{cronId}</c>: any of <c>{schedule, timezone, payload, overlapPolicy, enabled}</c> → 200: the cron. Needs
    /// <c>cron.write</c>, and to own it.
    /// </summary>
    [Function("CronChange")]
    public async Task<IResult> Change(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/v1/apps/{appId}/crons/{cronId}")] HttpRequest request, string appId, string cronId)
    {
        var (cron, _) = await access.RequireOwnerAsync(request, appId, cronId, "write");
        using var body = await JsonBody.ReadObjectAsync(request, api.Value.JsonBodyBytes);
        var changed = await store.ChangeAsync(appId, cron.Id, CronRequest.ReadChange(body.RootElement, cron), request.HttpContext.RequestAborted);
        return TypedResults.Json(changed, ApiJson.Plain.Cron);
    }

    /// <summary><c>DELETE /api/v1/apps/{appId}/crons/{cronId}</c> → 200. Needs <c>cron.write</c>, and to own it.</summary>
    [Function("CronDelete")]
    public async Task<IResult> Delete(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/v1/apps/{appId}/crons/{cronId}")] HttpRequest request, string appId, string cronId)
    {
        var (cron, _) = await access.RequireOwnerAsync(request, appId, cronId, "write");
        await store.DeleteAsync(appId, cron.Id, request.HttpContext.RequestAborted);
        return ApiResult.Message("cron deleted");
    }

    /// <summary>
    /// <c>POST /api/v1/apps/{appId}/crons/{cronId}/trigger</c> → 200 <c>{msgId}</c>: runs it now, for its owner, even if it is paused or another run has not ended.
    /// Needs <c>cron.trigger</c>, and to own it.
    /// </summary>
    [Function("CronTrigger")]
    public async Task<IResult> Trigger(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/apps/{appId}/crons/{cronId}/trigger")] HttpRequest request, string appId, string cronId)
    {
        var (cron, caller) = await access.RequireOwnerAsync(request, appId, cronId, "trigger");
        var id = await store.TriggerAsync(appId, cron.Id, caller, request.HttpContext.RequestAborted);
        return TypedResults.Json(new TriggeredBody(id), ApiJson.Plain.TriggeredBody);
    }

    /// <summary>
    /// <c>GET /api/v1/apps/{appId}/crons/{cronId}/runs</c> → 200: what became of what fell due, latest first; <c>?limit=</c> 1 to 500, 50 by default. Needs
    /// <c>cron.read</c>, and to own it.
    /// </summary>
    [Function("CronRuns")]
    public async Task<IResult> Runs(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/apps/{appId}/crons/{cronId}/runs")] HttpRequest request, string appId, string cronId)
    {
        var (cron, _) = await access.RequireOwnerAsync(request, appId, cronId, "read");
        var limit = request.QueryNumber("limit", 1, MostRuns) ?? UsualRuns;
        return TypedResults.Json(await reader.RunsAsync(cron.Id, (int)limit, request.HttpContext.RequestAborted), ApiJson.Plain.IReadOnlyListCronRun);
    }
}

/// <summary>Answer of a trigger.</summary>
internal sealed record TriggeredBody(long MsgId);
