using Microsoft.Azure.Functions.Worker;
using RootCx.Core.Audit;
using RootCx.Core.Audit.Rows;
using RootCx.Core.Auth;

namespace RootCx.Functions.Auth;

/// <summary>Keeps the accounts' storage in order.</summary>
public sealed class AccountUpkeep(Sessions sessions, Throttle throttle, AuditReader audit, RowAuditReader rows)
{
    /// <summary>Every hour: forgets sessions and throttles that are over, and what is past the retention of the audit trail and of the log of rows, whose coming days it makes.</summary>
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
        await audit.MaintainAsync(cancellationToken);
        await rows.MaintainAsync(cancellationToken);
    }
}
