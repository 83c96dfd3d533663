using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using RootCx.Core.Audit;
using RootCx.Core.Auth;
using RootCx.Core.Database;

namespace RootCx.Functions.Auth;

/// <summary>Keeps the accounts' storage in order.</summary>
public sealed class AccountUpkeep(Sessions sessions, Throttle throttle, DayPartitions partitions, IOptions<AuditOptions> audit)
{
    /// <summary>Every hour: forgets sessions and throttles that are over; makes the audit trail's coming days, drops those past their retention.</summary>
    [Function("AccountUpkeep")]
    public Task Run([TimerTrigger("0 37 * * * *")] TimerInfo timer)
    {
        _ = timer; // that it is due is all it says
        return MaintainAsync(CancellationToken.None);
    }

    /// <summary>What the timer does.</summary>
    internal async Task MaintainAsync(CancellationToken cancellationToken)
    {
        await sessions.MaintainAsync(cancellationToken);
        await throttle.MaintainAsync(cancellationToken);
        await partitions.MaintainAsync("platform_audit", "at", audit.Value.Retention, cancellationToken);
    }
}
