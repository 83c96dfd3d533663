using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using RootCx.Core.Database;
using RootCx.Core.Logs;

namespace RootCx.Functions.Logs;

/// <summary>Keeps the log's storage in order.</summary>
public sealed class LogMaintenance(DayPartitions partitions, IOptions<LogOptions> options)
{
    /// <summary>Every hour: makes the coming days' partitions, drops those past the retention.</summary>
    [Function("LogMaintenance")]
    public Task Run([TimerTrigger("0 7 * * * *")] TimerInfo timer)
    {
        _ = timer; // that it is due is all it says
        return MaintainAsync(CancellationToken.None);
    }

    /// <summary>What the timer does.</summary>
    internal Task MaintainAsync(CancellationToken cancellationToken) =>
        partitions.MaintainAsync("log_entries", "at", options.Value.Retention, cancellationToken);
}
