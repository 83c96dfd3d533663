using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using RootCx.Core.Logs;
using RootCx.Core.Telemetry;

namespace RootCx.SupervisorHost.Workers;

/// <summary>The apps that this supervisor runs.</summary>
public sealed class AppSupervisors(
    WorkerFactory factory, LogWriter logs, IOptions<WorkerOptions> options, PlatformMetrics metrics, TimeProvider time, ILogger<AppSupervisor> logger)
{
    private readonly ConcurrentDictionary<string, AppSupervisor> _apps = new();
    private readonly ConcurrentDictionary<string, AppSupervisor> _leaving = new(); // another supervisor has them, and calls on their way here still count
    private readonly ConcurrentDictionary<Task, bool> _finishing = new();

    /// <summary>Called after each change of an app's status; must be quick and not throw.</summary>
    public Action<AppSupervisor>? Changed { get; set; }

    /// <summary>All of them.</summary>
    public IReadOnlyCollection<AppSupervisor> All => [.. _apps.Values];

    /// <summary>The app's supervisor, or null if the app is not held here.</summary>
    public AppSupervisor? Find(string appId) => _apps.GetValueOrDefault(appId);

    /// <summary>Who takes calls for the app: its supervisor, or the one that is finishing what came before another host took the app over; null if there is neither.</summary>
    public AppSupervisor? FindForCall(string appId) => Find(appId) is { TakesCalls: true } app ? app : _leaving.GetValueOrDefault(appId) ?? Find(appId);

    /// <summary>The app's supervisor, made if need be.</summary>
    public AppSupervisor GetOrAdd(string appId) => _apps.GetOrAdd(
        appId, id => new AppSupervisor(id, factory, logs, options.Value, app => Changed?.Invoke(app), metrics, time, logger));

    /// <summary>Other hosts run the app: its worker here finishes the calls it has, and those that are on their way here, and ends.</summary>
    public void Leave(AppSupervisor app)
    {
        _leaving[app.AppId] = app;
        _apps.TryRemove(KeyValuePair.Create(app.AppId, app));
        var left = FinishAsync(app);
        _finishing[left] = true;
        _ = left.ContinueWith(done => _finishing.TryRemove(done, out _), TaskScheduler.Default);
    }

    /// <summary>Waits for those that are being left.</summary>
    public Task LeftAsync() => Task.WhenAll(_finishing.Keys);

    /// <summary>Takes the app off the list; returns what was there.</summary>
    public AppSupervisor? Remove(string appId) => _apps.TryRemove(appId, out var app) ? app : null;

    private async Task FinishAsync(AppSupervisor app)
    {
        try
        {
            await app.FinishAsync();
        }
        finally
        {
            _leaving.TryRemove(KeyValuePair.Create(app.AppId, app));
        }
    }
}
