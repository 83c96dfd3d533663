using Microsoft.Azure.Functions.Worker;
using RootCx.Core.Retention;

namespace RootCx.Functions.Deployments;

/// <summary>Deletes old versions, and what storage has of none.</summary>
public sealed class DeploymentMaintenance(VersionCollector collector, OrphanSweeper sweeper)
{
    /// <summary>Every hour.</summary>
    [Function("DeploymentMaintenance")]
    public async Task Run([TimerTrigger("0 23 * * * *")] TimerInfo timer)
    {
        _ = timer; // that it is due is all it says
        await collector.CollectAsync(CancellationToken.None);
        await sweeper.SweepAsync(prefix: "", CancellationToken.None);
    }
}
