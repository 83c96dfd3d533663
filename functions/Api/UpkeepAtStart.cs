using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RootCx.Functions.Jobs;
using RootCx.Functions.Logs;

namespace RootCx.Functions.Api;

/// <summary>Does once, when the app starts, what timers do every hour: a new platform has its first days' storage before it is needed.</summary>
public sealed partial class UpkeepAtStart(LogMaintenance logs, JobUpkeep jobs, ILogger<UpkeepAtStart> logger) : BackgroundService
{
    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await logs.MaintainAsync(stoppingToken);
            await jobs.MaintainAsync(stoppingToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Log.Failed(logger, exception); // the timers will do it
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3101, LogLevel.Warning, "The storage of logs and jobs could not be kept in order; the next hour's run will")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
