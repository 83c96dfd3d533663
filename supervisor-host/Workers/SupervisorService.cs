using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using RootCx.Core.Database;
using RootCx.Core.Doorbells;
using RootCx.Core.Loops;
using RootCx.Core.Workers;
using RootCx.SupervisorHost.Deployments;
using RootCx.SupervisorHost.Hosting;

namespace RootCx.SupervisorHost.Workers;

/// <summary>
/// Holds this supervisor's leases and makes what runs here agree with what Postgres says should run. Everything it knows is rebuilt from there
/// when it starts; on the way out it stops its workers and gives the leases up.
/// </summary>
public sealed partial class SupervisorService : IHostedLifecycleService, IAsyncDisposable
{
    // Several renewals fit into the duration of a lease.
    private static readonly TimeSpan Rest = WorkerLeases.Duration / 4;

    // A lease is not counted on any more so long before it ends.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, HeldApp> _held = new();
    private readonly WorkerLeases _leases;
    private readonly WorkerStore _store;
    private readonly AppTakeOvers _takeOvers;
    private readonly AppReplicas _replicas;
    private readonly WorkerPlacement _placement;
    private readonly AppSupervisors _apps;
    private readonly VersionFolders _versions;
    private readonly DeploymentRunner _deployments;
    private readonly DoorbellListener _listener;
    private readonly ILogger<SupervisorService> _logger;
    private readonly TimeProvider _time;
    private readonly string _id;
    private readonly SupervisorOptions _options;
    private readonly TaskCompletionSource _knows = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WorkLoop _loop;
    private readonly List<IDisposable> _bells = [];

    // A secret of the platform concerns all workers; so many are replaced at a time.
    private readonly SemaphoreSlim _renewing = new(Environment.ProcessorCount);

    private volatile bool _draining;
    private long _leasedUntil;
    private long _lastTurn;
    private long _steadySince;

    /// <summary>Does nothing before it is started.</summary>
    public SupervisorService(
        WorkerLeases leases,
        WorkerStore store,
        WorkerPlacement placement,
        AppTakeOvers takeOvers,
        AppReplicas replicas,
        AppSupervisors apps,
        VersionFolders versions,
        DeploymentRunner deployments,
        DoorbellListener listener,
        IOptions<SupervisorOptions> options,
        TimeProvider time,
        ILogger<SupervisorService> logger)
    {
        _leases = leases;
        _store = store;
        _placement = placement;
        _takeOvers = takeOvers;
        _replicas = replicas;
        _apps = apps;
        _versions = versions;
        _deployments = deployments;
        _listener = listener;
        _time = time;
        _logger = logger;
        _id = options.Value.Id;
        _options = options.Value;
        _loop = new WorkLoop("Supervision", TurnAsync, time, logger);
    }

    /// <summary>Awaited when all workers have ended and the leases are about to be given up.</summary>
    public Func<Task> BeforeRelease { get; set; } = () => Task.CompletedTask;

    /// <summary>Whether jobs of an app are in hand here.</summary>
    public Func<string, bool> HasJobs { get; set; } = _ => false;

    /// <summary>Ends when this supervisor knows which apps it runs: before that it can't tell whose calls are in vain.</summary>
    public Task KnowsItsApps => _knows.Task;

    /// <summary>When leases were last renewed; for health checks.</summary>
    public DateTimeOffset? LastTurn => _loop.LastTurn;

    /// <inheritdoc />
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await TransientFaults.RetryAsync(stop => _leases.RegisterAsync(_id, _options.Capacity, stop), _time, cancellationToken);
        _apps.Changed += app => _ = ReportAsync(app, observedCommand: 0);
        _deployments.Ended = _loop.Wake;
        _takeOvers.Ended = _loop.Wake;
        _bells.Add(_listener.Subscribe(Topics.Workers, _ => _loop.Wake()));
        _bells.Add(_listener.Subscribe(Topics.Deployments, _ => _loop.Wake()));
        _loop.Start();
        Log.Started(_logger, _id);
    }

    /// <inheritdoc />
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Lets other supervisors, if there are any, take the running apps over while calls and jobs still go on.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _draining = true;
        _loop.Wake();
        try
        {
            await _drained.Task.WaitAsync(_options.DrainTimeout, _time, cancellationToken);
            await _apps.LeftAsync().WaitAsync(_options.DrainTimeout, _time, cancellationToken);
        }
        catch (TimeoutException)
        {
            Log.NotDrained(_logger, _held.Count);
        }
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _bells.ForEach(bell => bell.Dispose());
        await _loop.DisposeAsync();
        try
        {
            // What workers say while they end still counts, for as long as nobody else has their apps.
            await using var holding = new WorkLoop("Leases of apps that end", RenewAsync, _time, _logger);
            holding.Start();
            await _takeOvers.StopAsync();
            await _deployments.StopAsync();
            await Task.WhenAll(_apps.All.Select(app => app.StopAsync(cancellationToken)));
            await BeforeRelease();
            Log.Stopped(_logger, _id);
        }
        finally
        {
            await _leases.ReleaseAllAsync(_id, CancellationToken.None);
        }
    }

    /// <summary>Jobs have ended: an app that another supervisor wants may be quiet now.</summary>
    public void LookForQuiet()
    {
        if (_held.Any(held => held.Value.IsYielding && !HasJobs(held.Key)))
        {
            _loop.Wake();
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync();
        _renewing.Dispose();
    }

    private async Task<TimeSpan> TurnAsync(CancellationToken cancellationToken)
    {
        var asked = _time.GetTimestamp();
        var leases = await RenewAsync(asked, IsSteady(asked), _draining, cancellationToken);
        _lastTurn = asked;

        // One that comes back with another fence was somebody else's in between, unless it was taken over from somebody who yielded it.
        foreach (var (appId, held) in _held.Where(held => !leases.TryGetValue(held.Key, out var lease) || lease.Fence != held.Value.Fence).ToList())
        {
            LetGo(appId, held);
        }

        foreach (var state in await _store.HeldByAsync(_id, cancellationToken))
        {
            if (leases.TryGetValue(state.AppId, out var lease))
            {
                Reconcile(state, lease);
            }
        }

        _knows.TrySetResult();
        await _deployments.TakeUpAsync(_id, leases.ToDictionary(lease => lease.Key, lease => lease.Value.Fence), cancellationToken);
        await _replicas.TurnAsync(_draining, cancellationToken);
        await ShareAsync(cancellationToken);
        return Rest;
    }

    private async Task<TimeSpan> RenewAsync(CancellationToken cancellationToken)
    {
        await RenewAsync(_time.GetTimestamp(), isSteady: false, isDraining: true, cancellationToken);
        return Rest;
    }

    private async Task<IReadOnlyDictionary<string, WorkerLease>> RenewAsync(long asked, bool isSteady, bool isDraining, CancellationToken cancellationToken)
    {
        var leases = await _leases.RenewAsync(_id, isSteady, isDraining, cancellationToken);
        _leasedUntil = asked + (long)((WorkerLeases.Duration - Margin).TotalSeconds * _time.TimestampFrequency);
        return leases;
    }

    // A supervisor that could not reach the database for a while does not know whether others could.
    private bool IsSteady(long now)
    {
        if (_lastTurn == 0 || _time.GetElapsedTime(_lastTurn, now) > WorkerLeases.Duration / 2)
        {
            _steadySince = _lastTurn == 0 ? 0 : now;
        }

        return _steadySince == 0 || _time.GetElapsedTime(_steadySince, now) >= WorkerLeases.Duration;
    }

    private void LetGo(string appId, HeldApp held)
    {
        _held.TryRemove(appId, out _);
        if (_apps.Find(appId) is not { } app)
        {
            return;
        }

        if (held.IsYielding)
        {
            _apps.Leave(app);
            return;
        }

        _apps.Remove(appId);
        Log.Lost(_logger, appId);
        app.Abandon();
    }

    private async Task ShareAsync(CancellationToken cancellationToken)
    {
        if (!_draining)
        {
            await _takeOvers.ChooseAsync(cancellationToken);
        }
        else if (!_held.Keys.Any(appId => _apps.Find(appId) is { TakesCalls: true }) || !await _placement.IsThereAnotherAsync(_id, cancellationToken))
        {
            _drained.TrySetResult();
        }
    }

    private void Reconcile(WorkerState state, WorkerLease lease)
    {
        _replicas.Promote(state.AppId, state.LiveVersion);
        var app = _apps.GetOrAdd(state.AppId);
        var held = _held.GetOrAdd(state.AppId, _ => new HeldApp());
        lock (held)
        {
            held.Fence = lease.Fence;
            held.SecretsRevision ??= state.SecretsRevision; // nothing was started before, so nothing is older
            held.IsYielding = state.OfferedTo is not null;
            app.Lease.Hold(lease, _leasedUntil, held.IsYielding);
            if (held.IsYielding && !HasJobs(state.AppId))
            {
                _ = YieldAsync(state.AppId, lease.Fence);
            }

            // A new command need not wait for the one before: a stop is meant to interrupt a start.
            if (state.Command <= held.Command && (held.Carrying is { IsCompleted: false } || _time.GetUtcNow() < held.RetryAt))
            {
                return;
            }

            // A command that was carried out already is only news for a supervisor that has just taken the app.
            if (!held.Begun || state.Command > held.Command)
            {
                held.Begun = true;
                held.Command = state.Command;
                held.Carrying = CarryOutAsync(app, held, state);
            }
            else if (state is { WantRunning: true, LiveVersion: not null } && state.SecretsRevision > held.SecretsRevision && app.LacksSecrets(state.SecretsRevision))
            {
                held.Carrying = RenewAsync(app, held, state);
                _ = held.Carrying.ContinueWith(_ => _loop.Wake(), TaskScheduler.Default); // there may be a next change
            }
            else if (app.Status.Status != state.Status || state.ObservedCommand < held.Command)
            {
                held.Carrying = ReportAsync(app, held.Command); // an earlier report did not get through
            }
        }
    }

    private async Task YieldAsync(string appId, long fence)
    {
        try
        {
            await _placement.YieldAsync(appId, fence, CancellationToken.None);
        }
        catch (Npgsql.NpgsqlException exception)
        {
            Log.NotYielded(_logger, exception, appId); // the next turn tries again
        }
    }

    private async Task CarryOutAsync(AppSupervisor app, HeldApp held, WorkerState state)
    {
        try
        {
            if (state is { WantRunning: true, LiveVersion: { } version })
            {
                var isAskedFor = state.Command > state.ObservedCommand;
                await app.ExpectStartAsync(isAskedFor ? null : state.Crashes);
                var unpacked = await _versions.EnsureAsync(state.AppId, version, CancellationToken.None);
                await app.StartAsync(unpacked, isAskedFor, () => held.Command == state.Command, CancellationToken.None);
            }
            else
            {
                await app.StopAsync(CancellationToken.None);
            }

            held.Failures = 0;
            await ReportAsync(app, state.Command);
        }
        catch (DeploymentFailedException exception)
        {
            await app.RefuseAsync(exception.Message);
            await ReportAsync(app, state.Command);
        }
        catch (Exception exception)
        {
            held.Failures++;
            held.RetryAt = _time.GetUtcNow() + Backoff.Exponential(held.Failures, FirstRetry, LongestRetry);
            held.Begun = false;
            Log.CommandFailed(_logger, exception, state.AppId);
        }
    }

    // Once for each change: what does not come up with the new secrets would not do so a moment later.
    private async Task RenewAsync(AppSupervisor app, HeldApp held, WorkerState state)
    {
        var before = held.SecretsRevision;
        held.SecretsRevision = state.SecretsRevision;
        await _renewing.WaitAsync();
        try
        {
            if (app.Status.Status == WorkerStatus.Crashed)
            {
                var unpacked = await _versions.EnsureAsync(state.AppId, state.LiveVersion!.Value, CancellationToken.None); // it is there, or nothing would be renewed
                await app.StartAsync(unpacked, isAskedFor: true, () => held.Command == state.Command, CancellationToken.None);
            }
            else
            {
                await app.RenewAsync(state.SecretsRevision, CancellationToken.None);
            }

            held.Failures = 0;
        }
        catch (Exception exception)
        {
            held.SecretsRevision = before;
            held.Failures++;
            held.RetryAt = _time.GetUtcNow() + Backoff.Exponential(held.Failures, FirstRetry, LongestRetry);
            Log.RenewalFailed(_logger, exception, state.AppId);
        }
        finally
        {
            _renewing.Release();
        }
    }

    private async Task ReportAsync(AppSupervisor app, long observedCommand)
    {
        if (!_held.TryGetValue(app.AppId, out var held))
        {
            return;
        }

        await held.Reporting.WaitAsync(); // one after the other, so that the last one written is the latest
        try
        {
            var status = app.Status;
            await _leases.ReportAsync(
                app.AppId, held.Fence, new WorkerReport(status.Status, observedCommand, status.Error, app.Crashes), CancellationToken.None);
        }
        catch (Npgsql.NpgsqlException exception)
        {
            Log.ReportFailed(_logger, exception, app.AppId); // the next turn sees the difference and reports again
        }
        finally
        {
            held.Reporting.Release();
        }
    }

    private sealed class HeldApp
    {
        private long _command;

        public long Fence { get; set; }

        public bool Begun { get; set; }

        // Another supervisor wants it.
        public bool IsYielding { get; set; }

        public long Command
        {
            get => Interlocked.Read(ref _command);
            set => Interlocked.Exchange(ref _command, value);
        }

        // The last change of secrets that was seen to; a worker that runs may have later ones.
        public long? SecretsRevision { get; set; }

        public Task? Carrying { get; set; }

        public int Failures { get; set; }

        public DateTimeOffset RetryAt { get; set; }

        public SemaphoreSlim Reporting { get; } = new(1, 1);
    }

    private static partial class Log
    {
        [LoggerMessage(2001, LogLevel.Information, "Supervisor {Id} started")]
        public static partial void Started(ILogger logger, string id);

        [LoggerMessage(2002, LogLevel.Information, "Supervisor {Id} has stopped its workers")]
        public static partial void Stopped(ILogger logger, string id);

        [LoggerMessage(2003, LogLevel.Warning, "The lease on {AppId} was lost; its worker is ended here")]
        public static partial void Lost(ILogger logger, string appId);

        [LoggerMessage(2007, LogLevel.Warning, "The other supervisors did not take all apps over in time; {Count} apps are ended here")]
        public static partial void NotDrained(ILogger logger, int count);

        [LoggerMessage(2008, LogLevel.Warning, "{AppId} could not be yielded; trying again")]
        public static partial void NotYielded(ILogger logger, Exception exception, string appId);

        [LoggerMessage(2004, LogLevel.Error, "{AppId} could not be started or stopped as asked; trying again")]
        public static partial void CommandFailed(ILogger logger, Exception exception, string appId);

        [LoggerMessage(2005, LogLevel.Warning, "The state of {AppId} could not be reported; trying again")]
        public static partial void ReportFailed(ILogger logger, Exception exception, string appId);

        [LoggerMessage(2006, LogLevel.Error, "The worker of {AppId} could not be given its new secrets; trying again")]
        public static partial void RenewalFailed(ILogger logger, Exception exception, string appId);
    }
}
