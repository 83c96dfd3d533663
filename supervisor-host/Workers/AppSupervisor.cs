using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using RootCx.Core.Channels;
using RootCx.Core.Errors;
using RootCx.Core.Logs;
using RootCx.Core.Telemetry;
using RootCx.Core.Workers;

namespace RootCx.SupervisorHost.Workers;

/// <summary>
/// Keeps one app's worker as it should be: starts, restarts after a crash, replaces, stops. One change at a time; calls pass through the
/// <see cref="CallGate"/> and never wait for a change longer than their own deadline.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "What it owns has no handles, and calls may still be on their way through when the app is given up.")]
public sealed partial class AppSupervisor
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly SemaphoreSlim _replacing = new(1, 1);
    private readonly WorkerFactory _factory;
    private readonly LogWriter _logs;
    private readonly TimeProvider _time;
    private readonly WorkerOptions _options;
    private readonly ILogger _logger;
    private readonly Action<AppSupervisor> _changed;
    private readonly PlatformMetrics _metrics;
    private readonly CallGate _gate;
    private readonly WorkerLifecycle _lifecycle; // changed with the turn only
    private readonly ConcurrentDictionary<WorkerProcess, bool> _retiring = new(); // replaced, and finishing their calls
    private volatile WorkerProcess? _worker;
    private volatile bool _abandoned;

    // Ends a start that is under way or waits for its time. Replaced by whoever has the turn.
    private volatile CancellationTokenSource _start = new();

    // Grows with each worker that is made or taken away, so that news of an earlier one changes nothing.
    private int _generation;

    /// <summary>Begins with no worker.</summary>
    /// <param name="appId">The app.</param>
    /// <param name="factory">Makes workers.</param>
    /// <param name="logs">Where the app's log goes.</param>
    /// <param name="options">Times and bounds.</param>
    /// <param name="changed">Called after each change of <see cref="Status"/>; must be quick and not throw.</param>
    /// <param name="metrics">Are told of restarts.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The host's log.</param>
    public AppSupervisor(
        string appId,
        WorkerFactory factory,
        LogWriter logs,
        WorkerOptions options,
        Action<AppSupervisor> changed,
        PlatformMetrics metrics,
        TimeProvider time,
        ILogger logger)
    {
        AppId = appId;
        _factory = factory;
        _logs = logs;
        _options = options;
        _time = time;
        _logger = logger;
        _changed = changed;
        _metrics = metrics;
        Lease = new AppLease(time, () => changed(this));
        _gate = new CallGate(options.MostCalls, time);
        _lifecycle = new WorkerLifecycle(options.MostCrashes, options.CrashWindow, () => changed(this));
    }

    /// <summary>The app.</summary>
    public string AppId { get; }

    /// <summary>What its worker is doing, and why it is not running if it should be.</summary>
    public AppStatus Status => _lifecycle.Present;

    /// <summary>When its worker crashed lately, on whichever supervisor.</summary>
    public IReadOnlyCollection<DateTimeOffset> Crashes => _lifecycle.Crashes;

    /// <summary>Calls a handler. A call that arrives while the worker is being started waits. Null when the call's deadline passed, or it was abandoned, first.</summary>
    public Task<RpcOutcome?> CallAsync(RpcRequest request, ReadOnlyMemory<byte> parameters, CancellationToken abandoned = default) =>
        _gate.CallAsync(request, parameters, abandoned);

    /// <summary>What may be done with the app.</summary>
    public AppLease Lease { get; }

    /// <summary>The worker that takes jobs at the moment, or null: there is none, or the jobs are another supervisor's.</summary>
    public WorkerProcess? Taker => Lease.AllowsJobs ? _gate.Worker : null;

    /// <summary>Whether calls are answered by a worker here, or wait for one.</summary>
    public bool TakesCalls => !_gate.IsShut;

    /// <summary>What is known of its worker at the moment.</summary>
    /// <param name="host">This supervisor's id.</param>
    public WorkerDetail Inspect(string host)
    {
        var worker = _worker;
        var past = _lifecycle.Present;
        return new WorkerDetail(
            worker?.Version.Version ?? past.LastVersion,
            worker?.Id,
            host,
            worker?.StartedAt,
            past.Restarts,
            past.LastExit,
            past.LastErrors,
            worker?.MemoryBytes,
            worker?.CallsInFlight ?? 0);
    }

    /// <summary>A start is on its way: calls wait for it from now on.</summary>
    /// <param name="crashes">When it crashed before, on whichever supervisor; null if that is forgiven: somebody asked for the start.</param>
    public async Task ExpectStartAsync(IReadOnlyCollection<DateTimeOffset>? crashes)
    {
        await _turn.WaitAsync();
        try
        {
            if (_lifecycle.Present.Status == WorkerStatus.Stopped && (crashes is null ? _lifecycle.Start() : _lifecycle.Resume(crashes)))
            {
                _gate.Hold();
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Makes sure that a worker runs. A wait for a restart ends.</summary>
    /// <param name="version">What to run.</param>
    /// <param name="isAskedFor">Whether somebody asked for it: then crashes so far are forgiven, and one that has crashed for good is started as well.</param>
    /// <param name="stillWanted">Asked once nothing else changes the worker any more: a later wish to stop it wins.</param>
    /// <param name="cancellationToken">Gives up waiting for one's turn.</param>
    public async Task StartAsync(AppVersion version, bool isAskedFor, Func<bool> stillWanted, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (!_abandoned && stillWanted() && (isAskedFor ? _lifecycle.Start() : _lifecycle.Present.Status == WorkerStatus.Starting))
            {
                await RenewStartAsync();
                await SpawnAsync(version, "worker started", "spawn failed");
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Stops the worker, or what is about to become one; <c>onShutdown</c> gets its grace.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="drain">Calls in flight finish, and nobody waits for them here; else they fail at once.</param>
    public async Task StopAsync(CancellationToken cancellationToken, bool drain = false)
    {
        await _start.CancelAsync(); // a start that is under way holds the turn
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await RenewStartAsync();
            _gate.Shut();
            if (!_lifecycle.Stop())
            {
                return;
            }

            var worker = Disown();
            if (drain && worker is not null)
            {
                Retire(worker);
                _lifecycle.Ended();
                return;
            }

            await EndAsync(worker);
            Say("worker stopped");
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// Starts <paramref name="version"/> beside the present worker and, once it is ready and <paramref name="confirm"/> has made it the live one, lets it
    /// take over: new calls go to it, the old worker finishes its own and ends. Otherwise everything stays as it was. The present worker is
    /// looked after all the while.
    /// </summary>
    /// <returns>Null, or why it did not become ready.</returns>
    public async Task<string?> ReplaceAsync(AppVersion version, Func<Task> confirm, CancellationToken cancellationToken)
    {
        await _replacing.WaitAsync(cancellationToken);
        try
        {
            return await StartBesideAsync(version, isNew: true, ConfirmAsync, "worker started", cancellationToken);
        }
        finally
        {
            _replacing.Release();
        }

        async Task<bool> ConfirmAsync()
        {
            await confirm();
            return true;
        }
    }

    /// <summary>
    /// Starts a worker while another supervisor still has the app and, once it is ready and <paramref name="agreed"/> says that the app is this supervisor's now, lets it take the
    /// calls. Otherwise nothing is left of it.
    /// </summary>
    /// <param name="version">What to run.</param>
    /// <param name="crashes">When it crashed there.</param>
    /// <param name="agreed">Asked when the worker is ready and nothing else changes it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null, or why it did not become ready.</returns>
    public async Task<string?> TakeFromAnotherAsync(
        AppVersion version, IReadOnlyCollection<DateTimeOffset> crashes, Func<Task<bool>> agreed, CancellationToken cancellationToken)
    {
        await _replacing.WaitAsync(cancellationToken);
        try
        {
            return await StartBesideAsync(version, isNew: false, AgreedAsync, "worker started", cancellationToken);
        }
        finally
        {
            _replacing.Release();
        }

        async Task<bool> AgreedAsync()
        {
            if (!await agreed())
            {
                return false;
            }

            _lifecycle.Resume(crashes); // with the turn; what is taken over next counts on
            return true;
        }
    }

    /// <summary>
    /// Another supervisor has the app: calls that are still on their way here are taken for a moment more, those under way finish, and the worker ends.
    /// </summary>
    public async Task FinishAsync()
    {
        _abandoned = true;
        await _start.CancelAsync();
        await Task.Delay(_options.HandOverGrace, _time);
        _gate.Shut();
        if (_worker is { } worker)
        {
            await worker.StopAsync(drain: true);
        }

        await Task.WhenAll(_retiring.Keys.Select(retiring => retiring.StopAsync(drain: true)));
        Say("worker stopped");
    }

    /// <summary>Whether its worker, which runs or has crashed for good, was started with secrets older than <paramref name="revision"/>.</summary>
    public bool LacksSecrets(long revision) => Status.Status switch
    {
        WorkerStatus.Running => _worker?.SecretsRevision < revision,
        WorkerStatus.Crashed => true, // maybe for want of them
        _ => false,
    };

    /// <summary>
    /// Replaces a running worker whose secrets are older than <paramref name="revision"/> by one of the same version, as <see cref="ReplaceAsync"/> does. If the new one
    /// does not become ready, the log says so and the old one goes on. A stop, a start after a crash or another take-over meanwhile makes it needless.
    /// </summary>
    /// <exception cref="Npgsql.NpgsqlException">The secrets could not be read.</exception>
    public async Task RenewAsync(long revision, CancellationToken cancellationToken)
    {
        await _replacing.WaitAsync(cancellationToken);
        var cancelled = _start.Token;
        try
        {
            if (_abandoned || _worker is not { } present || Status.Status != WorkerStatus.Running || !LacksSecrets(revision))
            {
                return;
            }

            Say("restarting worker: its secrets have changed");
            if (await StartBesideAsync(present.Version, isNew: true, IsStillWanted, "worker restarted", cancelled) is { } reason)
            {
                SayNotRenewed(reason);
            }
        }
        catch (OperationCanceledException) when (cancelled.IsCancellationRequested)
        {
            // Whatever is started next has the new secrets.
        }
        catch (Exception exception) when (exception is Win32Exception or RefusedException)
        {
            Log.SpawnFailed(_logger, exception, AppId);
            SayNotRenewed(exception.Message);
        }
        finally
        {
            _replacing.Release();
        }

        // Asked with the turn: it may have been stopped since.
        Task<bool> IsStillWanted() => Task.FromResult(!_abandoned && Status.Status is WorkerStatus.Running or WorkerStatus.Starting);

        void SayNotRenewed(string reason) => Say($"restart failed, the worker goes on with the secrets it has: {reason}");
    }

    /// <summary>Records that the app can't be started at all.</summary>
    public async Task RefuseAsync(string error)
    {
        await _turn.WaitAsync();
        try
        {
            Say($"spawn failed: {error}");
            Refuse(error);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Ends the worker without a word, because the app belongs to another supervisor now.</summary>
    public void Abandon()
    {
        _abandoned = true;
        _start.Cancel();
        _gate.Shut();
        _worker?.Kill();
        foreach (var worker in _retiring.Keys)
        {
            worker.Kill();
        }
    }

    // With the turn. Those that were replaced and still finish their calls end too.
    private async Task EndAsync(WorkerProcess? worker)
    {
        try
        {
            await Task.WhenAll(_retiring.Keys.Append(worker).OfType<WorkerProcess>().Select(ending => ending.StopAsync(drain: false)));
        }
        finally
        {
            _lifecycle.Ended();
        }
    }

    // With the turn.
    private void Refuse(string error)
    {
        _lifecycle.Refused(error);
        if (_lifecycle.Present.Status == WorkerStatus.Crashed)
        {
            _gate.Shut();
        }
    }

    // One at a time. Null, or why the new worker did not become ready. Crashes of what is not new count on.
    private async Task<string?> StartBesideAsync(AppVersion version, bool isNew, Func<Task<bool>> confirm, string said, CancellationToken cancellationToken)
    {
        WorkerProcess? candidate = null;
        try
        {
            candidate = await _factory.StartAsync(version, cancellationToken);
            var readiness = await candidate.WaitUntilReadyAsync(cancellationToken);
            if (readiness != WorkerReadiness.Ready)
            {
                candidate.Kill();
                return await ExplainAsync(candidate, readiness);
            }

            if (await TakeOverAsync(candidate, isNew, confirm, said, cancellationToken))
            {
                candidate = null;
            }

            return null;
        }
        finally
        {
            candidate?.Kill();
        }
    }

    // False if it was not confirmed: then nothing changed.
    private async Task<bool> TakeOverAsync(WorkerProcess candidate, bool isNew, Func<Task<bool>> confirm, string said, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        var wasShut = _gate.IsShut;
        if (wasShut)
        {
            _gate.Hold(); // once it is confirmed, calls may come before the gate opens
        }

        try
        {
            if (!await confirm())
            {
                return false;
            }

            wasShut = false;
            await RenewStartAsync();
            var old = Disown();
            Adopt(candidate);
            _lifecycle.TakenOver(candidate.Version.Version, isNew);
            Say(said);
            if (old is not null)
            {
                Retire(old);
            }

            return true;
        }
        finally
        {
            if (wasShut)
            {
                _gate.Shut();
            }

            _turn.Release();
        }
    }

    private void Retire(WorkerProcess old)
    {
        _retiring[old] = true;
        Guard(RetireAsync(old));
    }

    private async Task RetireAsync(WorkerProcess old)
    {
        await old.StopAsync(drain: true);
        _retiring.TryRemove(old, out _);
        Say("worker stopped");
    }

    // With the turn.
    private async Task SpawnAsync(AppVersion version, string said, string failed)
    {
        var generation = ++_generation;
        var cancelled = _start.Token;
        WorkerProcess? worker = null;
        _gate.Hold();
        try
        {
            _worker = worker = await _factory.StartAsync(version, cancelled);
            var readiness = await worker.WaitUntilReadyAsync(cancelled);
            if (readiness == WorkerReadiness.Ready)
            {
                Adopt(worker);
                _lifecycle.Ready(version.Version);
                Say(said);
                return;
            }

            worker.Kill();
            var reason = await ExplainAsync(worker, readiness);
            Guard(RecoverAsync(generation, new WorkerCrash(version, worker.Uptime, reason, (await worker.Exited).ToString(), worker.Errors)));
        }
        catch (OperationCanceledException) when (cancelled.IsCancellationRequested)
        {
            worker?.Kill(); // whoever cancelled has the turn next, and ends or goes on
        }
        catch (Win32Exception exception)
        {
            // The system can't make the process, and won't a moment later either.
            Log.SpawnFailed(_logger, exception, AppId);
            Say($"{failed}: {exception.Message}");
            Refuse($"{failed}: {exception.Message}");
        }
        catch (Exception exception)
        {
            Log.SpawnFailed(_logger, exception, AppId);
            worker?.Kill();
            Guard(RecoverAsync(generation, new WorkerCrash(version, TimeSpan.Zero, $"{failed}: {exception.Message}")));
        }
    }

    // With the turn.
    private void Adopt(WorkerProcess worker)
    {
        _worker = worker;
        var generation = ++_generation;
        _gate.OpenTo(worker);
        Guard(WatchAsync(worker, generation));
        if (_abandoned)
        {
            worker.Kill(); // given up in this very moment
        }
    }

    // With the turn.
    private WorkerProcess? Disown()
    {
        _generation++;
        return Interlocked.Exchange(ref _worker, null);
    }

    private async Task WatchAsync(WorkerProcess worker, int generation)
    {
        var exit = await worker.Exited;
        await RecoverAsync(
            generation,
            new WorkerCrash(worker.Version, worker.Uptime, WithErrors($"worker ended ({exit})", worker), exit.ToString(), worker.Errors));
    }

    // Runs when a worker has ended, or none could be made; does nothing unless it was the present one and should go on.
    private async Task RecoverAsync(int generation, WorkerCrash crash)
    {
        CancellationToken cancelled;
        TimeSpan? delay;
        await _turn.WaitAsync();
        try
        {
            if (_generation != generation || _abandoned || Status.Status is not (WorkerStatus.Starting or WorkerStatus.Running))
            {
                return;
            }

            Disown();
            _gate.Hold();
            Say(crash.Exit is null ? crash.Reason : $"worker crashed: {crash.Reason}");
            delay = _lifecycle.Crashed(crash, _time.GetUtcNow());
            if (delay is null)
            {
                _gate.Shut();
                Say($"crash loop ({_options.MostCrashes} crashes in {_options.CrashWindow.TotalSeconds:0}s), giving up");
                return;
            }

            cancelled = _start.Token;
        }
        finally
        {
            _turn.Release();
        }

        await RestartAsync(crash.Version, delay.Value, cancelled);
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
            if (!cancelled.IsCancellationRequested && _lifecycle.Restart())
            {
                _metrics.Restarted(AppId);
                Say($"restarting worker (attempt {_lifecycle.Attempt})");
                await SpawnAsync(version, "worker restarted", "restart failed");
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
        return worker.Errors is { Length: > 0 } || worker.Said is not { Length: > 0 } said ? WithErrors(what, worker) : $"{what}: {said}";
    }

    private static string WithErrors(string what, WorkerProcess worker) => worker.Errors is { Length: > 0 } errors ? $"{what}: {errors}" : what;

    private async Task RenewStartAsync()
    {
        await _start.CancelAsync();
        _start = new CancellationTokenSource();
    }

    private void Say(string line) => _logs.WriteSystem(AppId, line);

    // For what nobody waits for: a fault of ours must at least be heard of.
    private void Guard(Task task) => _ = task.ContinueWith(
        failed => Log.Fault(_logger, failed.Exception!, AppId), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default); // only faulted ones have one

    private static partial class Log
    {
        [LoggerMessage(2101, LogLevel.Error, "The worker of {AppId} could not be started")]
        public static partial void SpawnFailed(ILogger logger, Exception exception, string appId);

        [LoggerMessage(2102, LogLevel.Critical, "The supervision of {AppId} failed; start or deploy it to begin anew")]
        public static partial void Fault(ILogger logger, Exception exception, string appId);
    }
}
