using System.Collections.Concurrent;
using Npgsql;
using RootCx.Core.Database;
using RootCx.Core.Deployments;
using RootCx.Core.Errors;
using RootCx.Core.Loops;
using RootCx.Core.Storage;
using RootCx.SupervisorHost.Workers;

namespace RootCx.SupervisorHost.Deployments;

/// <summary>
/// Carries deployments out: unpack, install, start beside the version that serves, take over. Those of one app one after the other,
/// those of different apps at once. Whatever fails before the take-over leaves the version that serves as it was; what is interrupted stays
/// unfinished, and whoever holds the app then takes it up again.
/// </summary>
public sealed partial class DeploymentRunner(
    DeploymentProgress progress, VersionFolders versions, AppIcons icons, AppSupervisors apps, TimeProvider time, ILogger<DeploymentRunner> logger) : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, TaskCompletionSource> _running = new();
    private readonly ConcurrentDictionary<string, Interruption> _interrupted = new();
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Called after each one that ended: the app's next may be waiting. Must be quick and not throw.</summary>
    public Action? Ended { get; set; }

    /// <summary>Begins what is waiting for the apps in <paramref name="fences"/>; returns without waiting for it to end.</summary>
    public async Task TakeUpAsync(string supervisorId, IReadOnlyDictionary<string, long> fences, CancellationToken cancellationToken)
    {
        foreach (var deployment in await progress.UnfinishedAsync(supervisorId, cancellationToken))
        {
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (fences.TryGetValue(deployment.AppId, out var fence) && !IsPausing(deployment.AppId) && _running.TryAdd(deployment.AppId, ended))
            {
                _ = RunAsync(deployment, fence, ended);
            }
        }
    }

    /// <summary>Interrupts what is under way and waits for it.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_running.Values.Select(ended => ended.Task));
    }

    /// <inheritdoc />
    public void Dispose() => _stopping.Dispose();

    private async Task RunAsync(Deployment deployment, long fence, TaskCompletionSource ended)
    {
        try
        {
            await DeployAsync(deployment, fence);
            _interrupted.TryRemove(deployment.AppId, out _);
        }
        catch (DeploymentFailedException exception)
        {
            await FailAsync(deployment, fence, exception.Failure, exception.Message);
        }
        catch (Exception exception) when (Passes(exception) || _stopping.IsCancellationRequested)
        {
            Interrupt(deployment, exception);
        }
        catch (RefusedException exception)
        {
            Log.Failed(logger, exception, deployment.Version, deployment.AppId);
            await FailAsync(deployment, fence, DeploymentFailure.Internal, exception.Message);
        }
        catch (Exception exception)
        {
            Log.Failed(logger, exception, deployment.Version, deployment.AppId);
            await FailAsync(deployment, fence, DeploymentFailure.Internal, "internal error");
        }
        finally
        {
            _running.TryRemove(deployment.AppId, out _);
            ended.SetResult();
            Ended?.Invoke();
        }
    }

    private async Task DeployAsync(Deployment deployment, long fence)
    {
        if (!deployment.HasCode)
        {
            await ShowPagesAsync(deployment, fence);
            return;
        }

        var version = deployment.WasLive ? await PrepareAgainAsync(deployment, fence) : await PrepareAsync(deployment, fence);
        if (await apps.GetOrAdd(deployment.AppId).ReplaceAsync(version, () => GoLiveAsync(deployment, version.EntryPoint, fence), _stopping.Token) is { } refused)
        {
            throw new DeploymentFailedException(DeploymentFailure.Start, $"worker error: {refused}");
        }
    }

    private async Task<AppVersion> PrepareAsync(Deployment deployment, long fence)
    {
        var (version, icon) = await versions.MakeAsync(
            deployment, async () => RequireHeld(deployment, await progress.InstallingAsync(deployment, fence, _stopping.Token)), _stopping.Token);
        var iconId = await StoreAsync(deployment, icon);
        RequireHeld(deployment, await progress.StartingAsync(deployment, iconId, iconId is null ? null : icon?.ContentType, fence, _stopping.Token));
        return version;
    }

    private async Task<AppVersion> PrepareAgainAsync(Deployment deployment, long fence)
    {
        var version = await versions.EnsureAsync(deployment, _stopping.Token);
        RequireHeld(deployment, await progress.StartingAsync(deployment, icon: null, iconType: null, fence, _stopping.Token));
        return version;
    }

    // There is nothing to start, and nothing of the version before must go on.
    private async Task ShowPagesAsync(Deployment deployment, long fence)
    {
        await GoLiveAsync(deployment, entryPoint: null, fence);
        await apps.GetOrAdd(deployment.AppId).StopAsync(_stopping.Token, drain: true);
    }

    private async Task<Guid?> StoreAsync(Deployment deployment, AppIcon? icon)
    {
        try
        {
            return icon is null ? null : await icons.StoreAsync(deployment.AppId, icon, _stopping.Token);
        }
        catch (Exception exception) when (exception.IsStorageFault())
        {
            Log.NoIcon(logger, exception, deployment.Version, deployment.AppId); // no reason to fail
            return null;
        }
    }

    // Again if the answer was lost: it may have been committed, and then the new worker has to serve.
    private Task GoLiveAsync(Deployment deployment, string? entryPoint, long fence) => TransientFaults.RetryAsync(
        async stop => RequireHeld(deployment, await progress.GoLiveAsync(deployment, entryPoint, fence, stop)), time, CancellationToken.None);

    private static bool Passes(Exception exception) =>
        exception is LeaseLostException || exception.IsStorageFault() || (exception is NpgsqlException fault && fault.Passes());

    private bool IsPausing(string appId) => _interrupted.TryGetValue(appId, out var interruption) && time.GetUtcNow() < interruption.Until;

    private void Interrupt(Deployment deployment, Exception exception)
    {
        Log.Interrupted(logger, exception, deployment.Version, deployment.AppId);
        var times = _interrupted.GetValueOrDefault(deployment.AppId)?.Times + 1 ?? 1;
        _interrupted[deployment.AppId] = new Interruption(times, time.GetUtcNow() + Backoff.Exponential(times, FirstPause, LongestPause));
    }

    private static void RequireHeld(Deployment deployment, bool held)
    {
        if (!held)
        {
            throw new LeaseLostException(deployment.AppId);
        }
    }

    private async Task FailAsync(Deployment deployment, long fence, DeploymentFailure failure, string error)
    {
        _interrupted.TryRemove(deployment.AppId, out _);
        try
        {
            await progress.FailAsync(deployment, failure, error, fence, CancellationToken.None);
            if (!deployment.WasLive)
            {
                versions.Remove(deployment);
            }
        }
        catch (NpgsqlException exception)
        {
            Interrupt(deployment, exception);
        }
    }

    private sealed record Interruption(int Times, DateTimeOffset Until);

    private static partial class Log
    {
        [LoggerMessage(2201, LogLevel.Error, "Deployment {Version} of {AppId} failed")]
        public static partial void Failed(ILogger logger, Exception exception, int version, string appId);

        [LoggerMessage(2203, LogLevel.Warning, "The icon of version {Version} of {AppId} could not be stored")]
        public static partial void NoIcon(ILogger logger, Exception exception, int version, string appId);

        [LoggerMessage(2202, LogLevel.Warning, "Deployment {Version} of {AppId} was interrupted; whoever holds the app takes it up again")]
        public static partial void Interrupted(ILogger logger, Exception exception, int version, string appId);
    }
}
