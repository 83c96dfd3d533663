using Microsoft.Azure.Functions.Worker;
using RootCx.Core.Jobs;

namespace RootCx.Functions.Jobs;

/// <summary>Keeps the jobs' storage in order.</summary>
public sealed class JobUpkeep(JobMaintenance maintenance)
{
    /// <summary>Every hour: makes the coming days of what is kept of ended jobs, drops those past their retention, forgets idempotency keys that have run out.</summary>
    [Function("JobUpkeep")]
    public Task Run([TimerTrigger("0 17 * * * *")] TimerInfo timer)
    {
        _ = timer; // that it is due is all it says
        return MaintainAsync(CancellationToken.None);
    }

    /// <summary>What the timer does.</summary>
    internal Task MaintainAsync(CancellationToken cancellationToken) => maintenance.MaintainAsync(cancellationToken);
}
