using System.Collections.Concurrent;
using RootCx.Core.Deployments;
using RootCx.SupervisorHost.Workers;

namespace RootCx.SupervisorHost.Deployments;

/// <summary>
/// Carries deployments out: unpack, install, start beside the version that serves, take over. Those of one app one after the other,
/// those of different apps at once. Whatever fails before the take-over leaves the version that serves as it was.
/// </summary>
public sealed partial class DeploymentRunner(
    DeploymentStore store, VersionFolders versions, AppSupervisors apps, ILogger<DeploymentRunner> logger)
{
    private readonly ConcurrentDictionary<string, Deployment> _running = new();

    /// <summary>Called after each one that ended: the app's next may be waiting. Must be quick and not throw.</summary>
    public Action? Ended { get; set; }

    /// <summary>Begins what is waiting for the apps in <paramref name="fences"/>; returns without waiting for it to end.</summary>
    public async Task TakeUpAsync(string supervisorId, IReadOnlyDictionary<string, long> fences, CancellationToken cancellationToken)
    {
        foreach (var deployment in await store.UnfinishedAsync(supervisorId, cancellationToken))
        {
            if (fences.TryGetValue(deployment.AppId, out var fence) && _running.TryAdd(deployment.AppId, deployment))
            {
                _ = RunAsync(deployment, fence);
            }
        }
    }

    private async Task RunAsync(Deployment deployment, long fence)
    {
        try
        {
            await DeployAsync(deployment, fence);
        }
        catch (DeploymentFailedException exception)
        {
            await FailAsync(deployment, exception.Failure, exception.Message);
        }
        catch (Exception exception)
        {
            Log.Failed(logger, exception, deployment.Version, deployment.AppId);
            await FailAsync(deployment, DeploymentFailure.Internal, "internal error");
        }
        finally
        {
            _running.TryRemove(deployment.AppId, out _);
            Ended?.Invoke();
        }
    }

    private async Task DeployAsync(Deployment deployment, long fence)
    {
        var (appId, number) = (deployment.AppId, deployment.Version);
        await store.ProgressAsync(appId, number, DeploymentState.Installing, CancellationToken.None);
        var version = await versions.MakeAsync(deployment, CancellationToken.None);
        await store.ProgressAsync(appId, number, DeploymentState.Starting, CancellationToken.None);
        var refused = await apps.GetOrAdd(appId).ReplaceAsync(
            version, () => store.GoLiveAsync(appId, number, version.EntryPoint, fence, CancellationToken.None), CancellationToken.None);
        if (refused is not null)
        {
            versions.Remove(appId, number);
            throw new DeploymentFailedException(DeploymentFailure.Start, $"worker error: {refused}");
        }
    }

    private async Task FailAsync(Deployment deployment, DeploymentFailure failure, string error)
    {
        try
        {
            await store.FailAsync(deployment.AppId, deployment.Version, failure, error, CancellationToken.None);
        }
        catch (Npgsql.NpgsqlException exception)
        {
            Log.NotRecorded(logger, exception, deployment.Version, deployment.AppId); // it is still unfinished and will be tried again
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2201, LogLevel.Error, "Deployment {Version} of {AppId} failed")]
        public static partial void Failed(ILogger logger, Exception exception, int version, string appId);

        [LoggerMessage(2202, LogLevel.Error, "The failure of deployment {Version} of {AppId} could not be recorded")]
        public static partial void NotRecorded(ILogger logger, Exception exception, int version, string appId);
    }
}
