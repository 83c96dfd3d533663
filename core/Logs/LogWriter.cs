using System.Threading.Channels;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using RootCx.Core.Doorbells;
using RootCx.Core.Loops;

namespace RootCx.Core.Logs;

/// <summary>
/// Takes lines without ever holding up a worker and writes them in batches. Lines over an app's rate, and lines that come faster than they can be
/// written, are dropped and counted, and the count is said in the app's log.
/// </summary>
public sealed class LogWriter : IAsyncDisposable
{
    private const int Waiting = 20_000;
    private const int Batch = 5_000;
    private const int LevelBytes = 64;
    private const int RefillsPerSecond = 10;

    // Lines that come together are written together.
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(1);

    private readonly Channel<Line> _lines = Channel.CreateBounded<Line>(new BoundedChannelOptions(Waiting) { SingleReader = true });
    private readonly Dictionary<string, int> _dropped = [];
    private readonly PartitionedRateLimiter<string> _limiter;
    private readonly NpgsqlDataSource _database;
    private readonly Doorbell _doorbell;
    private readonly TimeProvider _time;
    private readonly int _messageBytes;
    private readonly WorkLoop _loop;
    private readonly WorkLoop _reporting;
    private List<Line> _unwritten = [];

    /// <summary>Starts writing.</summary>
    public LogWriter(NpgsqlDataSource database, Doorbell doorbell, IOptions<LogOptions> options, TimeProvider time, ILogger<LogWriter> logger)
    {
        _database = database;
        _doorbell = doorbell;
        _time = time;
        _messageBytes = options.Value.MessageBytes;
        _limiter = PartitionedRateLimiter.Create<string, string>(appId => RateLimitPartition.GetTokenBucketLimiter(appId, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = options.Value.BurstLines,
            TokensPerPeriod = Math.Max(1, options.Value.LinesPerSecond / RefillsPerSecond),
            ReplenishmentPeriod = TimeSpan.FromSeconds(1) / RefillsPerSecond,
        }));
        _loop = new WorkLoop("Log writer", WriteAsync, time, logger);
        _loop.Start();
        _reporting = new WorkLoop("Log drop reports", ReportDroppedAsync, time, logger);
        _reporting.Start();
    }

    /// <summary>Adds a line of the app's; returns at once.</summary>
    public void Write(string appId, string level, string message)
    {
        using var lease = _limiter.AttemptAcquire(appId);
        if (!lease.IsAcquired || !TryWrite(appId, level, message))
        {
            lock (_dropped)
            {
                _dropped[appId] = _dropped.GetValueOrDefault(appId) + 1;
            }
        }
    }

    /// <summary>Adds a line of the platform's about the app; no rate holds for it.</summary>
    public void WriteSystem(string appId, string message) => TryWrite(appId, LogLevels.System, message);

    /// <summary>Writes what is waiting, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        _loop.Wake();
        await _lines.Reader.Completion.WaitAsync(TimeSpan.FromSeconds(5)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _loop.DisposeAsync();
        await _reporting.DisposeAsync();
        await _limiter.DisposeAsync();
    }

    private bool TryWrite(string appId, string level, string message) => _lines.Writer.TryWrite(
        new Line(appId, _time.GetUtcNow().UtcDateTime, LogText.Fit(level, LevelBytes), LogText.Fit(message, _messageBytes)));

    private async Task<TimeSpan> WriteAsync(CancellationToken cancellationToken)
    {
        if (_unwritten.Count == 0 && !await _lines.Reader.WaitToReadAsync(cancellationToken))
        {
            return Timeout.InfiniteTimeSpan;
        }

        var batch = _unwritten;
        while (batch.Count < Batch && _lines.Reader.TryRead(out var line))
        {
            batch.Add(line);
        }

        _unwritten = batch; // kept for the next turn if this one fails
        await CopyAsync(batch, cancellationToken);
        _unwritten = [];
        foreach (var appId in batch.Select(line => line.AppId).Distinct())
        {
            _doorbell.Ring(Topics.Logs, appId);
        }

        return batch.Count < Batch ? Gather : TimeSpan.Zero;
    }

    private async Task CopyAsync(List<Line> batch, CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken);
        await using var copy = await connection.BeginBinaryImportAsync(
            "copy log_entries (app_id, at, level, message) from stdin (format binary)", cancellationToken);
        foreach (var line in batch)
        {
            await copy.StartRowAsync(cancellationToken);
            await copy.WriteAsync(line.AppId, NpgsqlDbType.Text, cancellationToken);
            await copy.WriteAsync(line.At, NpgsqlDbType.TimestampTz, cancellationToken);
            await copy.WriteAsync(line.Level, NpgsqlDbType.Text, cancellationToken);
            await copy.WriteAsync(line.Message, NpgsqlDbType.Text, cancellationToken);
        }

        await copy.CompleteAsync(cancellationToken);
    }

    private Task<TimeSpan> ReportDroppedAsync(CancellationToken cancellationToken)
    {
        lock (_dropped)
        {
            foreach (var (appId, _) in _dropped.ToArray().Where(drop => TryWrite(drop.Key, LogLevels.System, $"... {drop.Value} messages dropped ...")))
            {
                _dropped.Remove(appId);
            }
        }

        return Task.FromResult(ReportEvery);
    }

    private readonly record struct Line(string AppId, DateTime At, string Level, string Message);
}
