using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using RootCx.Core.Database;
using RootCx.Core.Workers;
using RootCx.Functions.Api;

namespace RootCx.Functions.Health;

/// <summary>Whether the API lives, and whether it can work.</summary>
public sealed class HealthFunctions(DatabaseHealth database, WorkerLeases supervisors)
{
    /// <summary><c>GET /health</c>: 200 as long as the process answers; with <c>?full</c>, what it uses and whether the database answers within 2 s.</summary>
    [Function("Health")]
    public async Task<IResult> Live([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health")] HttpRequest request) =>
        request.Query.ContainsKey("full")
            ? TypedResults.Json(HostResources.Read(await database.IsReachableAsync(request.HttpContext.RequestAborted)), ApiJson.Plain.FullHealthBody)
            : TypedResults.Json(new HealthBody("ok"), ApiJson.Plain.HealthBody);

    /// <summary><c>GET /health/ready</c>: 200 when the database answers and a supervisor is there, else 503; both are named.</summary>
    [Function("Ready")]
    public async Task<IResult> Ready([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health/ready")] HttpRequest request)
    {
        var reachable = await database.IsReachableAsync(request.HttpContext.RequestAborted);
        var supervised = reachable && await supervisors.AnyAliveAsync(request.HttpContext.RequestAborted);
        return TypedResults.Json(
            new ReadinessBody(supervised ? "ok" : "unavailable", reachable, supervised),
            ApiJson.Plain.ReadinessBody,
            statusCode: supervised ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}
