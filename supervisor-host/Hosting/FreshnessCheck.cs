using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace RootCx.SupervisorHost.Hosting;

/// <summary>Whether a loop did its work lately.</summary>
/// <param name="last">When it did so last; null for not yet.</param>
/// <param name="time">The clock.</param>
internal sealed class FreshnessCheck(Func<DateTimeOffset?> last, TimeProvider time) : IHealthCheck
{
    // Several turns of each loop; one that is late for this long is stuck or can't reach what it needs.
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(30);

    /// <inheritdoc />
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(last() is { } at && time.GetUtcNow() - at < Late ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
}
