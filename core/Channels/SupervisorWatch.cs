using Dapper;
using Microsoft.Extensions.Logging;
using Npgsql;
using RootCx.Core.Loops;
using RootCx.Core.Workers;

namespace RootCx.Core.Channels;

/// <summary>
/// Finds out which supervisors that calls are under way to are gone, so that those calls need not wait for their deadline. Looks every second while a call
/// takes that long, and not at all otherwise. A supervisor that hands its apps over still answers what it has taken, so only its heartbeat counts.
/// </summary>
internal sealed partial class SupervisorWatch : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly NpgsqlDataSource _database;
    private readonly Func<IReadOnlyCollection<OutstandingCall>> _outstanding;
    private readonly Action<OutstandingCall> _lost;
    private readonly Action<OutstandingCall> _startedAnew;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly WorkLoop _loop;
    private readonly Dictionary<string, long> _suspects = []; // since when they are
    private long? _blindAt;
    private volatile bool _resting;

    /// <summary>Watches from the first <see cref="Wake"/> on.</summary>
    /// <param name="database">Has the heartbeats.</param>
    /// <param name="outstanding">The calls under way.</param>
    /// <param name="lost">Called for each call whose supervisor is gone.</param>
    /// <param name="startedAnew">Called for each call that is older than the process that is its supervisor now.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where faults go.</param>
    public SupervisorWatch(
        NpgsqlDataSource database,
        Func<IReadOnlyCollection<OutstandingCall>> outstanding,
        Action<OutstandingCall> lost,
        Action<OutstandingCall> startedAnew,
        TimeProvider time,
        ILogger logger)
    {
        _database = database;
        _outstanding = outstanding;
        _lost = lost;
        _startedAnew = startedAnew;
        _time = time;
        _logger = logger;
        _loop = new WorkLoop("Supervisor watch", LookAsync, time, logger);
        _loop.Start();
    }

    /// <summary>A call was made.</summary>
    public void Wake()
    {
        if (_resting)
        {
            _resting = false;
            _loop.Wake();
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private async Task<TimeSpan> LookAsync(CancellationToken cancellationToken)
    {
        _resting = true; // before the look, so that a call made meanwhile is not missed
        var outstanding = _outstanding();
        if (outstanding.Count == 0)
        {
            _suspects.Clear();
            return Timeout.InfiniteTimeSpan;
        }

        _resting = false;
        var called = outstanding.Where(call => _time.GetElapsedTime(call.MadeAt) >= Period).ToLookup(call => call.SupervisorId);
        if (called.Count > 0)
        {
            await LookAsync(called, cancellationToken);
        }

        return Period;
    }

    private async Task LookAsync(ILookup<string, OutstandingCall> called, CancellationToken cancellationToken)
    {
        var alive = await AliveAsync([.. called.Select(calls => calls.Key)], cancellationToken);
        foreach (var calls in called)
        {
            if (alive.TryGetValue(calls.Key, out var age))
            {
                _suspects.Remove(calls.Key);
                foreach (var call in calls.Where(call => _time.GetElapsedTime(call.MadeAt) > age && call.TryConfirm()))
                {
                    _startedAnew(call);
                }
            }
            else if (IsGone(calls.Key))
            {
                Log.Gone(_logger, calls.Key, calls.Count());
                calls.ToList().ForEach(_lost);
            }
        }
    }

    // Two looks agree, because what it answered last may be on its way; and nobody is judged by heartbeats that the database could not take.
    private bool IsGone(string supervisorId)
    {
        if (_blindAt is { } blindAt && _time.GetElapsedTime(blindAt) < WorkerLeases.Duration)
        {
            return false;
        }

        if (_suspects.TryGetValue(supervisorId, out var since))
        {
            return _time.GetElapsedTime(since) >= Period / 2;
        }

        _suspects[supervisorId] = _time.GetTimestamp();
        return false;
    }

    // Of those that are, how long ago their process was started.
    private async Task<Dictionary<string, TimeSpan>> AliveAsync(string[] ids, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await _database.OpenConnectionAsync(cancellationToken);
            var alive = await connection.QueryAsync<(string Id, TimeSpan Age)>(new CommandDefinition(
                """
                select id, now() - started_at from supervisors
                where id = any(@ids) and greatest(heartbeat_at, pg_postmaster_start_time()) > now() - @Duration -- it may not have got through yet
                """,
                new { ids, WorkerLeases.Duration },
                cancellationToken: cancellationToken));
            return alive.ToDictionary(row => row.Id, row => row.Age);
        }
        catch
        {
            _blindAt = _time.GetTimestamp();
            _suspects.Clear();
            throw;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1213, LogLevel.Error, "The supervisor {SupervisorId} is gone; {Count} calls that it did not answer have failed")]
        public static partial void Gone(ILogger logger, string supervisorId, int count);
    }
}
