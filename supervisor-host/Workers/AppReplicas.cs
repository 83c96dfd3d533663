using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using RootCx.Core.Loops;
using RootCx.Core.Workers;
using RootCx.SupervisorHost.Deployments;
using RootCx.SupervisorHost.Hosting;

namespace RootCx.SupervisorHost.Workers;

/// <summary>Runs the workers that this supervisor has for calls only, of apps that another supervisor holds; see <see cref="WorkerReplicas"/>.</summary>
public sealed partial class AppReplicas
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, Replica> _replicas = new();
    private readonly WorkerReplicas _store;
    private readonly AppSupervisors _apps;
    private readonly VersionFolders _versions;
    private readonly TimeProvider _time;
    private readonly ILogger<AppReplicas> _logger;
    private readonly string _id;

    /// <summary>Has none.</summary>
    public AppReplicas(
        WorkerReplicas store, AppSupervisors apps, VersionFolders versions, IOptions<SupervisorOptions> options, TimeProvider time, ILogger<AppReplicas> logger)
    {
        _store = store;
        _apps = apps;
        _versions = versions;
        _time = time;
        _logger = logger;
        _id = options.Value.Id;
        apps.Changed += Changed;
    }

    /// <summary>Makes what runs agree with what is wanted, as far as that takes no time; the rest goes on by itself.</summary>
    /// <param name="isDraining">The supervisor gives its apps away.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task TurnAsync(bool isDraining, CancellationToken cancellationToken)
    {
        var wanted = await _store.RenewAsync(_id, isDraining, cancellationToken);
        var gone = _replicas.Keys.Where(appId => !wanted.ContainsKey(appId)).ToList();
        if (gone.Count > 0)
        {
            var running = await _store.RunningAsync(_id, gone, cancellationToken);
            gone.ForEach(appId => LetGo(appId, running.GetValueOrDefault(appId)));
        }

        foreach (var replica in wanted.Values)
        {
            Reconcile(replica);
        }
    }

    /// <summary>The app is this supervisor's own now: its worker goes on if it is the right one, and is given up otherwise.</summary>
    public void Promote(string appId, int? liveVersion)
    {
        if (_replicas.TryRemove(appId, out _)
            && _apps.Find(appId) is { } app
            && (app.Status.Status != WorkerStatus.Running || app.Status.LastVersion != liveVersion))
        {
            _apps.Remove(appId);
            app.Abandon();
        }
    }

    private void LetGo(string appId, RunningApp? running)
    {
        if (running is { IsMine: true })
        {
            Promote(appId, running.LiveVersion);
        }
        else if (_replicas.TryRemove(appId, out _) && _apps.Find(appId) is { } app)
        {
            if (running is not null)
            {
                _apps.Leave(app);
            }
            else
            {
                _apps.Remove(appId);
                _ = StopAsync(app);
            }
        }
    }

    private void Reconcile(WorkerReplica wanted)
    {
        var replica = _replicas.GetOrAdd(wanted.AppId, _ => new Replica());
        var app = _apps.GetOrAdd(wanted.AppId);
        app.Lease.HoldForCalls();
        if (replica.Carrying is { IsCompleted: false } || _time.GetUtcNow() < replica.RetryAt)
        {
            return;
        }

        if (replica.Done != wanted)
        {
            replica.Carrying = CarryOutAsync(app, replica, wanted);
        }
        else if (replica.Reported != Serves(app))
        {
            replica.Carrying = ReportAsync(app, replica); // an earlier report did not get through
        }
    }

    private async Task CarryOutAsync(AppSupervisor app, Replica replica, WorkerReplica wanted)
    {
        try
        {
            await app.ExpectStartAsync(crashes: null);
            var version = await _versions.EnsureAsync(wanted.AppId, wanted.Version, CancellationToken.None);
            if (await RunAsync(app, version, wanted.SecretsRevision) is { } reason)
            {
                Log.Refused(_logger, app.AppId, wanted.Version, reason);
                RetryLater(replica);
                return;
            }

            replica.Failures = 0;
            replica.Done = wanted;
        }
        catch (DeploymentFailedException exception)
        {
            await app.RefuseAsync(exception.Message);
            replica.Done = wanted;
        }
        catch (Exception exception)
        {
            Log.Failed(_logger, exception, app.AppId);
            RetryLater(replica);
        }

        await ReportAsync(app, replica);
    }

    // Null, or why it does not run.
    private static async Task<string?> RunAsync(AppSupervisor app, AppVersion version, long secretsRevision)
    {
        if (app.Status.Status != WorkerStatus.Running)
        {
            await app.StartAsync(version, isAskedFor: true, () => true, CancellationToken.None);
        }
        else if (app.Status.LastVersion != version.Version)
        {
            return await app.ReplaceAsync(version, () => Task.CompletedTask, CancellationToken.None);
        }
        else
        {
            await app.RenewAsync(secretsRevision, CancellationToken.None);
        }

        return null;
    }

    private void RetryLater(Replica replica)
    {
        replica.Failures++;
        replica.RetryAt = _time.GetUtcNow() + Backoff.Exponential(replica.Failures, FirstRetry, LongestRetry);
    }

    private void Changed(AppSupervisor app)
    {
        if (_replicas.TryGetValue(app.AppId, out var replica) && replica.Reported != Serves(app))
        {
            _ = ReportAsync(app, replica);
        }
    }

    private static int? Serves(AppSupervisor app) => app.Status is { Status: WorkerStatus.Running, LastVersion: { } version } ? version : null;

    private async Task ReportAsync(AppSupervisor app, Replica replica)
    {
        await replica.Reporting.WaitAsync(); // one after the other, so that the last one written is the latest
        try
        {
            var version = Serves(app);
            await _store.ReportAsync(_id, app.AppId, version, CancellationToken.None);
            replica.Reported = version;
        }
        catch (Npgsql.NpgsqlException exception)
        {
            Log.NotReported(_logger, exception, app.AppId); // the next turn sees the difference
        }
        finally
        {
            replica.Reporting.Release();
        }
    }

    private async Task StopAsync(AppSupervisor app)
    {
        try
        {
            await app.StopAsync(CancellationToken.None);
        }
        catch (Exception exception)
        {
            Log.Failed(_logger, exception, app.AppId);
        }
    }

    private sealed class Replica
    {
        public Task? Carrying { get; set; }

        // What was carried out last, one way or the other.
        public WorkerReplica? Done { get; set; }

        public int? Reported { get; set; }

        public int Failures { get; set; }

        public DateTimeOffset RetryAt { get; set; }

        public SemaphoreSlim Reporting { get; } = new(1, 1);
    }

    private static partial class Log
    {
        [LoggerMessage(2411, LogLevel.Warning, "Version {Version} of {AppId} does not come up beside the worker that holds the app; trying again later: {Reason}")]
        public static partial void Refused(ILogger logger, string appId, int version, string reason);

        [LoggerMessage(2412, LogLevel.Error, "{AppId} could not be run beside the supervisor that holds it; trying again later")]
        public static partial void Failed(ILogger logger, Exception exception, string appId);

        [LoggerMessage(2413, LogLevel.Warning, "Whether {AppId} takes calls here could not be reported; trying again")]
        public static partial void NotReported(ILogger logger, Exception exception, string appId);
    }
}
