using RootCx.Core.Channels;
using RootCx.SupervisorHost.Workers;

namespace RootCx.SupervisorHost.Hosting;

/// <summary>Says whether this supervisor does its work.</summary>
public static class HealthEndpoint
{
    // Several turns of each loop; a loop that is late for this long is stuck or can't reach what it needs.
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(30);

    /// <summary><c>GET /health</c>: 200 while leases are renewed and the request queue is read, else 503.</summary>
    public static void MapHealth(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/health", (SupervisorService supervisor, RpcServer channel, TimeProvider time) =>
        {
            var healthy = IsFresh(supervisor.LastTurn, time) && IsFresh(channel.LastLook, time);
            return Results.Json(
                new { status = healthy ? "ok" : "unhealthy", leases = supervisor.LastTurn, channel = channel.LastLook },
                statusCode: healthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        });

    private static bool IsFresh(DateTimeOffset? last, TimeProvider time) => last is { } at && time.GetUtcNow() - at < Late;
}
