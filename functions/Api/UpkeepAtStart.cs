using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RootCx.Functions.Auth;
using RootCx.Functions.Crons;
using RootCx.Functions.Jobs;
using RootCx.Functions.Logs;

namespace RootCx.Functions.Api;

/// <summary>
/// Does once, when the app starts, what timers do: a new platform has its first days' storage before it is needed, and crons that were missed are made up for.
/// </summary>
public sealed partial class UpkeepAtStart(LogMaintenance logs, JobUpkeep jobs, CronTimers crons, AccountUpkeep accounts, ILogger<UpkeepAtStart> logger) : BackgroundService
{
    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Func<CancellationToken, Task>[] all = [crons.TickAsync, logs.MaintainAsync, jobs.MaintainAsync, crons.MaintainAsync, accounts.MaintainAsync];
        foreach (var upkeep in all)
        {
            try
            {
                await upkeep(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                Log.Failed(logger, exception); // the timer will do it
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3101, LogLevel.Warning, "Something that timers do could not be done at the start; its timer will")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
