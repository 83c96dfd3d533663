using Microsoft.Azure.Functions.Worker;
using RootCx.Core.Retention;

namespace RootCx.Functions.Deployments;

/// <summary>Deletes old versions, and what storage has of none.</summary>
public sealed class DeploymentMaintenance(VersionCollector collector, OrphanSweeper sweeper)
{
    // Below the host's functionTimeout, which would end everything else on the instance too.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    /// <summary>Every hour. What is not done in time is left to the next one.</summary>
    [Function("DeploymentMaintenance")]
    public async Task Run([TimerTrigger("0 23 * * * *")] TimerInfo timer)
    {
        _ = timer; // that it is due is all it says
        using var limit = new CancellationTokenSource(Limit);
        await collector.CollectAsync(limit.Token);
        await sweeper.SweepAsync(prefix: "", limit.Token);
    }
}
