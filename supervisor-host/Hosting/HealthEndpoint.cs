using Microsoft.Extensions.Diagnostics.HealthChecks;
using RootCx.Core.Channels;
using RootCx.Core.Health;
using RootCx.SupervisorHost.Workers;

namespace RootCx.SupervisorHost.Hosting;

/// <summary>Says whether this supervisor lives, whether it does its work, and what it has counted.</summary>
public static class HealthEndpoint
{
    /// <summary>Registers what is asked; needs supervision and the request channel.</summary>
    public static IServiceCollection AddSupervisorChecks(this IServiceCollection services) => services
        .AddDependencyChecks()
        .Add(Fresh("leases", provider => provider.GetRequiredService<SupervisorService>().LastTurn))
        .Add(Fresh("channel", provider => provider.GetRequiredService<RpcServer>().LastLook))
        .Services;

    /// <summary>
    /// <c>GET /health</c>: 200 as long as the process answers, whatever it depends on: ending it would end workers that go on without that. <c>GET /health/ready</c>: 200 while
    /// database and storage answer, leases are renewed and the request queue is read, else 503. <c>GET /metrics</c>: what is counted, in Prometheus' text format.
    /// </summary>
    public static void MapHealth(this WebApplication app)
    {
        app.MapGet("/health", () => Results.Json(new { status = "ok" }));
        app.MapGet("/health/ready", async (HealthCheckService checks, CancellationToken cancellationToken) =>
        {
            var report = await checks.CheckHealthAsync(cancellationToken);
            return Results.Json(
                ReadinessBody.Of(report), statusCode: report.Status == HealthStatus.Healthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        });
        app.MapPrometheusScrapingEndpoint("/metrics");
    }

    private static HealthCheckRegistration Fresh(string name, Func<IServiceProvider, DateTimeOffset?> last) => new(
        name, provider => new FreshnessCheck(() => last(provider), provider.GetRequiredService<TimeProvider>()), failureStatus: null, tags: null);
}
