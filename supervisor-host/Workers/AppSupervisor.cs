using System.Diagnostics.CodeAnalysis;
using RootCx.Core.Channels;
using RootCx.Core.Logs;
using RootCx.Core.Workers;

namespace RootCx.SupervisorHost.Workers;

/// <summary>
/// Keeps one app's worker as it should be: starts, restarts after a crash, replaces, stops. One change at a time; calls go through the
/// <see cref="Gate"/> and never wait for a change longer than their own deadline.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "What it owns has no handles, and calls may still be on their way through when the app is given up.")]
public sealed partial class AppSupervisor
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly string _appId;
    private readonly WorkerFactory _factory;
    private readonly LogWriter _logs;
    private readonly TimeProvider _time;
    private readonly WorkerOptions _options;
    private readonly ILogger _logger;
    private readonly CrashWindow _crashes;
    private readonly Action<AppSupervisor> _changed;
    private volatile Gate _gate = Gate.Shut();
    private volatile AppStatus _status = new(WorkerStatus.Stopped, null);
    private CancellationTokenSource _restart = new();
    private volatile WorkerProcess? _worker;
    private volatile WorkerPast _past = new(null, 0, null, null);

    /// <summary>Begins with no worker.</summary>
    /// <param name="appId">The app.</param>
    /// <param name="factory">Makes workers.</param>
    /// <param name="logs">Where the app's log goes.</param>
    /// <param name="options">Times and bounds.</param>
    /// <param name="changed">Called after each change of <see cref="Status"/>; must be quick and not throw.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The host's log.</param>
    public AppSupervisor(
        string appId, WorkerFactory factory, LogWriter logs, WorkerOptions options, Action<AppSupervisor> changed, TimeProvider time, ILogger logger)
    {
        _appId = appId;
        _factory = factory;
        _logs = logs;
        _options = options;
        _changed = changed;
        _time = time;
        _logger = logger;
        _crashes = new CrashWindow(options.MostCrashes, options.CrashWindow);
    }

    /// <summary>The app.</summary>
    public string AppId => _appId;

    /// <summary>What its worker is doing, and why it is not running if it should be.</summary>
    public AppStatus Status => _status;

    /// <summary>Calls a handler. A call that arrives while the worker is being started waits. Null when the call's deadline passed first.</summary>
    public async Task<RpcOutcome?> CallAsync(RpcRequest request, ReadOnlyMemory<byte> parameters)
    {
        var left = request.ExpiresAt - _time.GetUtcNow();
        if (left <= TimeSpan.Zero)
        {
            return null;
        }

        using var deadline = new CancellationTokenSource(left, _time);
        try
        {
            while (true)
            {
                var gate = _gate;
                await Task.WhenAny(gate.Worker, gate.Replaced).WaitAsync(deadline.Token);
                if (gate.Worker.IsCompleted)
                {
                    if (await gate.Worker is not { } worker)
                    {
                        return RpcErrors.WorkerNotRunning;
                    }

                    if (await worker.CallAsync(request.Method, parameters, request.Caller, deadline.Token) is { } outcome)
                    {
                        return outcome;
                    }
                }

                await gate.Replaced.WaitAsync(deadline.Token);
            }
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>What is known of its worker at the moment.</summary>
    /// <param name="host">This supervisor's id.</param>
    public WorkerDetail Inspect(string host)
    {
        var worker = _worker;
        var past = _past;
        return new WorkerDetail(
            worker?.Version.Version ?? past.Version,
            worker?.Id,
            host,
            worker?.StartedAt,
            past.Restarts,
            past.LastExit,
            past.LastErrors,
            worker?.MemoryBytes,
            worker?.CallsInFlight ?? 0);
    }

    /// <summary>Makes sure that a worker runs. A crashed one gets a clean slate.</summary>
    public async Task StartAsync(AppVersion version, CancellationToken cancellationToken)
    {
        using var turn = await TakeTurnAsync(cancellationToken);
        if (_status.Status is WorkerStatus.Running)
        {
            return;
        }

        _crashes.Clear();
        _past = _past with { Restarts = 0 };
        await SpawnAsync(version, "worker started", cancellationToken);
    }

    /// <summary>Stops the worker, if there is one: calls in flight fail at once, <c>onShutdown</c> gets its grace.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        using var turn = await TakeTurnAsync(cancellationToken);
        if (_worker is { } worker)
        {
            _worker = null;
            Become(WorkerStatus.Stopping, Gate.Shut());
            await worker.StopAsync(drain: false);
            Say("worker stopped");
        }

        Become(WorkerStatus.Stopped, Gate.Shut());
    }

    /// <summary>
    /// Starts <paramref name="version"/> beside the present worker and, once it is ready and <paramref name="confirm"/> agrees, lets it take over:
    /// new calls go to it, the old worker finishes its own and ends. Otherwise everything stays as it was.
    /// </summary>
    /// <returns>Null, or why it did not take over.</returns>
    public async Task<string?> ReplaceAsync(AppVersion version, Func<Task<bool>> confirm, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken); // a restart that is due meanwhile waits, and happens if this fails
        using var turn = new Turn(_turn);
        var candidate = await _factory.StartAsync(version, cancellationToken);
        var readiness = await candidate.WaitUntilReadyAsync(cancellationToken);
        if (readiness != WorkerReadiness.Ready)
        {
            candidate.Kill();
            return await ExplainAsync(candidate, readiness);
        }

        if (!await confirm())
        {
            candidate.Kill();
            return "the app has moved to another supervisor";
        }

        var old = _worker;
        await CancelRestartAsync();
        _crashes.Clear();
        _past = _past with { Restarts = 0 };
        Adopt(candidate);
        Say("worker started");
        if (old is not null)
        {
            _ = RetireAsync(old);
        }

        return null;
    }

    /// <summary>Ends the worker without a word, because the app belongs to another supervisor now.</summary>
    public async Task AbandonAsync()
    {
        using var turn = await TakeTurnAsync(CancellationToken.None);
        var worker = _worker;
        _worker = null;
        Pass(Gate.Shut());
        _status = new AppStatus(WorkerStatus.Stopped, null);
        worker?.Kill();
    }

    private async Task RetireAsync(WorkerProcess old)
    {
        await old.StopAsync(drain: true);
        Say("worker stopped");
    }

    private async Task SpawnAsync(AppVersion version, string said, CancellationToken cancellationToken)
    {
        Become(WorkerStatus.Starting, Gate.Waiting());
        WorkerProcess worker;
        try
        {
            worker = await _factory.StartAsync(version, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Log.SpawnFailed(_logger, exception, _appId);
            _ = RecoverAsync(null, version, $"spawn failed: {exception.Message}");
            return;
        }

        _worker = worker;
        var readiness = await worker.WaitUntilReadyAsync(cancellationToken);
        if (readiness == WorkerReadiness.Ready)
        {
            Adopt(worker);
            Say(said);
        }
        else
        {
            worker.Kill();
            _ = RecoverAsync(worker, version, await ExplainAsync(worker, readiness));
        }
    }

    private void Adopt(WorkerProcess worker)
    {
        _worker = worker;
        Become(WorkerStatus.Running, Gate.To(worker));
        _ = WatchAsync(worker);
    }

    private async Task WatchAsync(WorkerProcess worker)
    {
        var exit = await worker.Exited;
        _past = _past with { Version = worker.Version.Version, LastExit = exit.ToString(), LastErrors = worker.Errors };
        await RecoverAsync(worker, worker.Version, WithErrors($"worker ended ({exit})", worker));
    }

    // Runs when a worker has ended, or none could be made; does nothing unless it was the present one and should go on.
    private async Task RecoverAsync(WorkerProcess? worker, AppVersion version, string reason)
    {
        CancellationToken cancelled;
        TimeSpan? delay;
        await _turn.WaitAsync();
        try
        {
            if (_worker != worker || _status.Status is not (WorkerStatus.Running or WorkerStatus.Starting))
            {
                return;
            }

            _worker = null;
            Say($"worker crashed: {reason}");
            delay = _crashes.Crashed(_time.GetUtcNow(), worker?.Uptime ?? TimeSpan.Zero);
            if (delay is null)
            {
                Say($"crash loop ({_options.MostCrashes} crashes in {_options.CrashWindow.TotalSeconds:0}s), giving up");
                Become(WorkerStatus.Crashed, Gate.Shut(), reason);
                return;
            }

            Become(WorkerStatus.Starting, Gate.Waiting(), reason);
            cancelled = _restart.Token;
        }
        finally
        {
            _turn.Release();
        }

        await RestartAsync(version, delay.Value, cancelled);
    }

    private async Task RestartAsync(AppVersion version, TimeSpan delay, CancellationToken cancelled)
    {
        try
        {
            await Task.Delay(delay, _time, cancelled);
            await _turn.WaitAsync(cancelled);
        }
        catch (OperationCanceledException)
        {
            return; // somebody started, stopped or deployed in the meantime
        }

        try
        {
            if (!cancelled.IsCancellationRequested)
            {
                Say($"restarting worker (attempt {_crashes.Attempt})");
                _past = _past with { Restarts = _past.Restarts + 1 };
                await SpawnAsync(version, "worker restarted", CancellationToken.None);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private static async Task<string> ExplainAsync(WorkerProcess worker, WorkerReadiness readiness)
    {
        var exit = await worker.Exited;
        var what = readiness == WorkerReadiness.TimedOut ? "worker did not become ready in time" : $"worker ended ({exit}) before it was ready";
        return WithErrors(what, worker);
    }

    private static string WithErrors(string what, WorkerProcess worker) => worker.Errors is { Length: > 0 } errors ? $"{what}: {errors}" : what;

    // Whoever takes a turn on somebody's order also ends a restart that is waiting.
    private async Task<IDisposable> TakeTurnAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        await CancelRestartAsync();
        return new Turn(_turn);
    }

    private async Task CancelRestartAsync()
    {
        await _restart.CancelAsync();
        _restart = new CancellationTokenSource();
    }

    private void Become(WorkerStatus status, Gate gate, string? error = null)
    {
        _status = new AppStatus(status, error);
        Pass(gate);
        _changed(this);
    }

    private void Pass(Gate next)
    {
        var previous = _gate;
        _gate = next;
        previous.Replace();
    }

    private void Say(string line) => _logs.WriteSystem(_appId, line);

    private sealed class Turn(SemaphoreSlim semaphore) : IDisposable
    {
        public void Dispose() => semaphore.Release();
    }

    private static partial class Log
    {
        [LoggerMessage(2101, LogLevel.Error, "The worker of {AppId} could not be started")]
        public static partial void SpawnFailed(ILogger logger, Exception exception, string appId);
    }
}

/// <summary>What an app's worker is doing.</summary>
/// <param name="Status">The state.</param>
/// <param name="Error">Why it is not running, if it should be.</param>
public sealed record AppStatus(WorkerStatus Status, string? Error);

/// <summary>What is remembered of an app's former processes.</summary>
internal sealed record WorkerPast(int? Version, int Restarts, string? LastExit, string? LastErrors);
