using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using RootCx.Core.Doorbells;
using RootCx.Core.Loops;
using RootCx.Core.Workers;
using RootCx.SupervisorHost.Deployments;
using RootCx.SupervisorHost.Hosting;

namespace RootCx.SupervisorHost.Workers;

/// <summary>Takes apps over from other supervisors, which go on with them until a worker here is ready; see <see cref="WorkerPlacement"/>.</summary>
public sealed partial class AppTakeOvers(
    WorkerPlacement placement,
    AppSupervisors apps,
    VersionFolders versions,
    DoorbellListener listener,
    IOptions<SupervisorOptions> options,
    TimeProvider time,
    ILogger<AppTakeOvers> logger) : IDisposable
{
    // Jobs that run longer keep their app where it is for now.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, Task> _running = new();
    private readonly ConcurrentDictionary<string, (int Failures, DateTimeOffset Until)> _failed = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly string _id = options.Value.Id;

    /// <summary>Called after each one that ended. Must be quick and not throw.</summary>
    public Action? Ended { get; set; }

    /// <summary>Chooses apps that are to come here, and begins to take them over; returns without waiting for that.</summary>
    public async Task ChooseAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var except = _failed.Where(failed => failed.Value.Until > now).Select(failed => failed.Key).ToList();
        foreach (var offer in await placement.ChooseAsync(_id, except, cancellationToken))
        {
            if (!_running.ContainsKey(offer.AppId))
            {
                var taking = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _running[offer.AppId] = taking.Task;
                _ = RunAsync(offer, taking);
            }
        }
    }

    /// <summary>Gives up what is under way and waits for it.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_running.Values);
    }

    /// <inheritdoc />
    public void Dispose() => _stopping.Dispose();

    private async Task RunAsync(WorkerOffer offer, TaskCompletionSource taking)
    {
        try
        {
            if (await TakeOverAsync(offer))
            {
                _failed.TryRemove(offer.AppId, out _);
                Log.TakenOver(logger, offer.AppId);
            }
            else
            {
                await GiveUpAsync(offer);
            }
        }
        catch (Exception exception)
        {
            if (!_stopping.IsCancellationRequested)
            {
                Log.Failed(logger, exception, offer.AppId);
            }

            await GiveUpAsync(offer);
        }
        finally
        {
            _running.TryRemove(offer.AppId, out _);
            taking.SetResult();
            Ended?.Invoke();
        }
    }

    // False if something else happened to the app, or its jobs take long.
    private async Task<bool> TakeOverAsync(WorkerOffer offer)
    {
        var version = await versions.EnsureAsync(offer.AppId, offer.Version, _stopping.Token);
        bool? yielded = false;
        await listener.WaitForAsync(
            Topics.Workers,
            offer.AppId,
            async () => (yielded = await placement.HasYieldedAsync(_id, offer, _stopping.Token)) is not false,
            Patience,
            time,
            _stopping.Token);
        if (yielded is not true)
        {
            return false;
        }

        var accepted = false;
        var refused = await apps.GetOrAdd(offer.AppId).TakeFromAnotherAsync(
            version, offer.Crashes, async () => accepted = await placement.AcceptAsync(_id, offer, CancellationToken.None), _stopping.Token);
        if (refused is not null)
        {
            Log.Refused(logger, offer.AppId, refused);
        }

        return accepted;
    }

    private async Task GiveUpAsync(WorkerOffer offer)
    {
        var failures = _failed.TryGetValue(offer.AppId, out var failed) ? failed.Failures + 1 : 1;
        _failed[offer.AppId] = (failures, time.GetUtcNow() + Backoff.Exponential(failures, FirstPause, LongestPause));
        try
        {
            await placement.WithdrawAsync(_id, offer.AppId, CancellationToken.None);
        }
        catch (Npgsql.NpgsqlException exception)
        {
            Log.Failed(logger, exception, offer.AppId); // it is still on offer, and is tried again
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2401, LogLevel.Information, "{AppId} was taken over from another supervisor")]
        public static partial void TakenOver(ILogger logger, string appId);

        [LoggerMessage(2402, LogLevel.Warning, "{AppId} can't be taken over from another supervisor, which goes on with it: {Reason}")]
        public static partial void Refused(ILogger logger, string appId, string reason);

        [LoggerMessage(2403, LogLevel.Warning, "{AppId} could not be taken over from another supervisor; trying again later")]
        public static partial void Failed(ILogger logger, Exception exception, string appId);
    }
}
