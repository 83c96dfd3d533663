using Microsoft.Azure.Functions.Worker;
using RootCx.Core.Crons;

namespace RootCx.Functions.Crons;

/// <summary>What keeps crons going. Any number of instances may run these at the same time.</summary>
public sealed class CronTimers(CronPlanner planner, CronSettlement settlement, CronHistory history)
{
    /// <summary>Every 30 s: turns the occurrences of the coming minutes into jobs, and decides about those that are due in apps that nobody runs.</summary>
    [Function("CronTick")]
    public Task Tick([TimerTrigger("*/30 * * * * *")] TimerInfo timer)
    {
        _ = timer; // that it is due is all it says
        return TickAsync(CancellationToken.None);
    }

    /// <summary>Every hour: bounds what is kept of occurrences, and keeps the latest runs whose jobs are about to be dropped.</summary>
    [Function("CronUpkeep")]
    public Task Upkeep([TimerTrigger("0 27 * * * *")] TimerInfo timer)
    {
        _ = timer;
        return MaintainAsync(CancellationToken.None);
    }

    /// <summary>What the first timer does.</summary>
    internal async Task TickAsync(CancellationToken cancellationToken)
    {
        try
        {
            await planner.PlanAsync(cancellationToken);
        }
        finally
        {
            await settlement.SettleAbandonedAsync(cancellationToken); // whatever is wrong with the plans
        }
    }

    /// <summary>What the second timer does.</summary>
    internal Task MaintainAsync(CancellationToken cancellationToken) => history.MaintainAsync(cancellationToken);
}
