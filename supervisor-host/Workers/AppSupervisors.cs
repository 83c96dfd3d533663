using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using RootCx.Core.Logs;

namespace RootCx.SupervisorHost.Workers;

/// <summary>The apps that this supervisor runs.</summary>
public sealed class AppSupervisors(
    WorkerFactory factory, LogWriter logs, IOptions<WorkerOptions> options, TimeProvider time, ILogger<AppSupervisor> logger)
{
    private readonly ConcurrentDictionary<string, AppSupervisor> _apps = new();

    /// <summary>Called after each change of an app's status; must be quick and not throw.</summary>
    public Action<AppSupervisor>? Changed { get; set; }

    /// <summary>All of them.</summary>
    public IReadOnlyCollection<AppSupervisor> All => [.. _apps.Values];

    /// <summary>The app's supervisor, or null if the app is not held here.</summary>
    public AppSupervisor? Find(string appId) => _apps.GetValueOrDefault(appId);

    /// <summary>The app's supervisor, made if need be.</summary>
    public AppSupervisor GetOrAdd(string appId) => _apps.GetOrAdd(
        appId, id => new AppSupervisor(id, factory, logs, options.Value, app => Changed?.Invoke(app), time, logger));

    /// <summary>Takes the app off the list; returns what was there.</summary>
    public AppSupervisor? Remove(string appId) => _apps.TryRemove(appId, out var app) ? app : null;
}
