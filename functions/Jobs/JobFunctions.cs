using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using RootCx.Core.Errors;
using RootCx.Core.Jobs;
using RootCx.Functions.Api;

namespace RootCx.Functions.Jobs;

/// <summary>Shows and controls jobs: everybody their own; all of an app's with <c>app:{appId}:jobs.read</c> or <c>app:{appId}:jobs.manage</c>.</summary>
public sealed class JobFunctions(JobReader reader, JobControl control, JobAccess access)
{
    private const int UsualLimit = 100;
    private const int MostLimit = 1000;

    /// <summary>
    /// <c>GET /api/v1/apps/{appId}/jobs</c> → 200: those that have not ended, newest first; <c>?archived=true</c> the completed ones; <c>?state=</c> those in
    /// one state, with their details. <c>?limit=</c> 1 to 1000, 100 by default; <c>?before=</c> only ids below.
    /// </summary>
    [Function("Jobs")]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/apps/{appId}/jobs")] HttpRequest request, string appId)
    {
        var owner = await access.ScopeAsync(request, appId, "jobs.read");
        var limit = request.QueryNumber("limit", 1, MostLimit) ?? UsualLimit;
        var range = new JobRange(owner, (int)limit, request.QueryNumber("before", 1, long.MaxValue));
        if (request.Query["state"].ToString() is { Length: > 0 } state)
        {
            var details = await reader.ListAsync(appId, JobStates.Parse(state), range, request.HttpContext.RequestAborted);
            return TypedResults.Json(details, ApiJson.Plain.IReadOnlyListJobDetail);
        }

        var jobs = await reader.ListAsync(appId, request.Query["archived"] == "true", range, request.HttpContext.RequestAborted);
        return TypedResults.Json(jobs, ApiJson.Plain.IReadOnlyListJobRow);
    }

    /// <summary><c>GET /api/v1/apps/{appId}/jobs/counts</c> → 200: how many there are in each state. Needs <c>app:{appId}:jobs.read</c>.</summary>
    [Function("JobCounts")]
    public async Task<IResult> Counts(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/apps/{appId}/jobs/counts")] HttpRequest request, string appId)
    {
        await access.RequireAllAsync(request, appId);
        return TypedResults.Json(await reader.CountAsync(appId, request.HttpContext.RequestAborted), ApiJson.Plain.JobCounts);
    }

    /// <summary><c>GET /api/v1/apps/{appId}/jobs/{id}</c> → 200: all that is known of a job; 404 for another app's, and for another user's.</summary>
    [Function("Job")]
    public async Task<IResult> Detail(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/apps/{appId}/jobs/{id}")] HttpRequest request, string appId, string id)
    {
        var owner = await access.ScopeAsync(request, appId, "jobs.read");
        var job = await reader.FindAsync(appId, Id(id), request.HttpContext.RequestAborted);
        return job is not null && (owner is null || job.UserId == owner)
            ? TypedResults.Json(job, ApiJson.Plain.JobDetail)
            : throw new RefusedException(Refusal.NotFound, $"job {id} not found");
    }

    /// <summary>
    /// <c>POST /api/v1/apps/{appId}/jobs/{id}/cancel</c> → 200 <c>{msg_id, state}</c>: <c>cancelled</c>, or <c>running</c> for one that was sent an abort signal and
    /// ends when its handler does; 409 for one that has ended.
    /// </summary>
    [Function("JobCancel")]
    public async Task<IResult> Cancel(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/apps/{appId}/jobs/{id}/cancel")] HttpRequest request, string appId, string id)
    {
        var owner = await access.ScopeAsync(request, appId, "jobs.manage");
        var state = await control.CancelAsync(appId, Id(id), owner, request.HttpContext.RequestAborted);
        return TypedResults.Json(new JobStateBody(Id(id), state.Name()), ApiJson.Plain.JobStateBody);
    }

    /// <summary><c>POST /api/v1/apps/{appId}/jobs/{id}/retry</c> → 200 <c>{msg_id, state}</c>: a failed or cancelled job is queued anew under its id; 409 for others.</summary>
    [Function("JobRetry")]
    public async Task<IResult> Retry(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/apps/{appId}/jobs/{id}/retry")] HttpRequest request, string appId, string id)
    {
        var owner = await access.ScopeAsync(request, appId, "jobs.manage");
        await control.RetryAsync(appId, Id(id), owner, request.HttpContext.RequestAborted);
        return TypedResults.Json(new JobStateBody(Id(id), JobState.Queued.Name()), ApiJson.Plain.JobStateBody);
    }

    /// <summary><c>DELETE /api/v1/apps/{appId}/jobs?state=completed|failed|cancelled</c> → 200 <c>{deleted}</c>: throws away what is kept of jobs that ended.</summary>
    [Function("JobPurge")]
    public async Task<IResult> Purge(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/v1/apps/{appId}/jobs")] HttpRequest request, string appId)
    {
        var owner = await access.ScopeAsync(request, appId, "jobs.manage");
        var state = request.Query["state"].ToString();
        if (state.Length == 0 || !JobStates.Parse(state).IsEnded())
        {
            throw new RefusedException(Refusal.Invalid, "state must be completed, failed or cancelled");
        }

        var deleted = await control.PurgeAsync(appId, JobStates.Parse(state), owner, request.HttpContext.RequestAborted);
        return TypedResults.Json(new PurgedBody(deleted), ApiJson.Plain.PurgedBody);
    }

    private static long Id(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
        ? id
        : throw new RefusedException(Refusal.Invalid, "a job's id must be a whole number");
}

/// <summary>What became of a job.</summary>
internal sealed record JobStateBody([property: JsonPropertyName("msg_id")] long MsgId, string State);

/// <summary>Answer of a purge.</summary>
internal sealed record PurgedBody(long Deleted);
