using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using RootCx.Core.Auth;
using RootCx.Core.Errors;
using RootCx.Core.Jobs;
using RootCx.Functions.Api;

namespace RootCx.Functions.Jobs;

/// <summary>Enqueues jobs. What was answered with 201 is in the database.</summary>
public sealed class EnqueueFunctions(JobQueue queue, JobAccess access, IOptions<JobOptions> options, IOptions<ApiOptions> api, TimeProvider time)
{
    private const int MostInBatch = 1000;

    /// <summary>
    /// <c>POST /api/v1/apps/{appId}/jobs</c>: <c>{payload?, user_id?, runAt? | delaySeconds?, priority?, idempotencyKey?, maxAttempts?, backoffSeconds?,
    /// timeoutSeconds?}</c> → 201 <c>{msg_id}</c>. Any signed-in user and the app's own worker; for another user only administrators.
    /// </summary>
    [Function("JobEnqueue")]
    public async Task<IResult> Enqueue(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/apps/{appId}/jobs")] HttpRequest request, string appId)
    {
        var principal = await access.EnqueuingAsync(request, appId);
        using var body = await JsonBody.ReadObjectAsync(request, api.Value.JsonBodyBytes);
        var job = await ReadAsync(body.RootElement, principal, request.HttpContext.RequestAborted);
        var id = await queue.EnqueueAsync(appId, job, request.HttpContext.RequestAborted);
        return TypedResults.Json(new EnqueuedBody(id), ApiJson.Plain.EnqueuedBody, statusCode: StatusCodes.Status201Created);
    }

    /// <summary><c>POST /api/v1/apps/{appId}/jobs/batch</c>: <c>{jobs: […]}</c>, 1 to 1000 of the same form → 201 <c>{msg_ids}</c>, all or none.</summary>
    [Function("JobEnqueueBatch")]
    public async Task<IResult> EnqueueBatch(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/apps/{appId}/jobs/batch")] HttpRequest request, string appId)
    {
        var principal = await access.EnqueuingAsync(request, appId);
        using var body = await JsonBody.ReadObjectAsync(request, api.Value.JsonBodyBytes);
        body.RootElement.RequireOnly("jobs");
        if (!body.RootElement.TryGetProperty("jobs", out var given) || given.ValueKind != JsonValueKind.Array || given.GetArrayLength() is < 1 or > MostInBatch)
        {
            throw new RefusedException(Refusal.Invalid, $"'jobs' must be an array of 1 to {MostInBatch} jobs");
        }

        var jobs = new List<NewJob>(given.GetArrayLength());
        foreach (var job in given.EnumerateArray())
        {
            try
            {
                jobs.Add(job.ValueKind == JsonValueKind.Object
                    ? await ReadAsync(job, principal, request.HttpContext.RequestAborted)
                    : throw new RefusedException(Refusal.Invalid, "must be a JSON object"));
            }
            catch (RefusedException refused)
            {
                throw new RefusedException(refused.Refusal, $"jobs[{jobs.Count}]: {refused.Message}");
            }
        }

        var ids = await queue.EnqueueAsync(appId, jobs, request.HttpContext.RequestAborted);
        return TypedResults.Json(new EnqueuedBatchBody(ids), ApiJson.Plain.EnqueuedBatchBody, statusCode: StatusCodes.Status201Created);
    }

    private async Task<NewJob> ReadAsync(JsonElement body, Principal principal, CancellationToken cancellationToken)
    {
        var (job, named) = JobRequest.Read(body, options.Value, time.GetUtcNow());
        return job with { UserId = await access.OwnerAsync(principal, named, cancellationToken) };
    }
}

/// <summary>Answer of enqueue.</summary>
internal sealed record EnqueuedBody([property: JsonPropertyName("msg_id")] long MsgId);

/// <summary>Answer of a batch, in its order.</summary>
internal sealed record EnqueuedBatchBody([property: JsonPropertyName("msg_ids")] IReadOnlyList<long> MsgIds);
