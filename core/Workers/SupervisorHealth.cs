using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace RootCx.Core.Workers;

/// <summary>Whether any supervisor is there.</summary>
public sealed class SupervisorHealth(WorkerLeases leases) : IHealthCheck
{
    /// <inheritdoc />
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return await leases.AnyAliveAsync(cancellationToken) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy();
        }
        catch (NpgsqlException exception)
        {
            return HealthCheckResult.Unhealthy(exception: exception);
        }
    }
}
