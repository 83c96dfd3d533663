using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using RootCx.Core.Database;
using RootCx.Core.Health;
using RootCx.Functions.Api;

namespace RootCx.Functions.Health;

/// <summary>Whether the API lives, and whether it can work.</summary>
public sealed class HealthFunctions(DatabaseHealth database, HealthCheckService checks)
{
    /// <summary><c>GET /health</c>: 200 as long as the process answers; with <c>?full</c>, what it uses and whether the database answers within 2 s.</summary>
    [Function("Health")]
    public async Task<IResult> Live([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health")] HttpRequest request) =>
        request.Query.ContainsKey("full")
            ? TypedResults.Json(HostResources.Read(await database.IsReachableAsync(request.HttpContext.RequestAborted)), ApiJson.Plain.FullHealthBody)
            : TypedResults.Json(new HealthBody("ok"), ApiJson.Plain.HealthBody);

    /// <summary><c>GET /health/ready</c>: 200 when database and storage answer and a supervisor is there, else 503; each with its state and how long it took to answer, 2 s at most.</summary>
    [Function("Ready")]
    public async Task<IResult> Ready([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health/ready")] HttpRequest request)
    {
        var report = await checks.CheckHealthAsync(request.HttpContext.RequestAborted);
        return TypedResults.Json(
            ReadinessBody.Of(report),
            ApiJson.Plain.ReadinessBody,
            statusCode: report.Status == HealthStatus.Healthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}
