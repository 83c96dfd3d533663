using System.Globalization;
using Dapper;
using Npgsql;
using RootCx.Core.Loops;
using RootCx.SupervisorHost.Hosting;
using RootCx.SupervisorHost.Packages;
using RootCx.SupervisorHost.Workers;

namespace RootCx.SupervisorHost.Deployments;

/// <summary>
/// Removes from this machine's disk what belongs to deployments that are gone: versions that were collected, failed or were uninstalled, and the homes that
/// Bun had for apps of which nothing is left. Looks at start and every hour.
/// </summary>
public sealed partial class VersionSweeper : IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan Rest = TimeSpan.FromHours(1);

    private readonly NpgsqlDataSource _database;
    private readonly HostFolders _folders;
    private readonly BunHomes _homes;
    private readonly WorkerLauncher _workers;
    private readonly ILogger<VersionSweeper> _logger;
    private readonly WorkLoop _loop;

    /// <summary>Does nothing before it is started.</summary>
    public VersionSweeper(
        NpgsqlDataSource database, HostFolders folders, BunHomes homes, WorkerLauncher workers, TimeProvider time, ILogger<VersionSweeper> logger)
    {
        _database = database;
        _folders = folders;
        _homes = homes;
        _workers = workers;
        _logger = logger;
        _loop = new WorkLoop(
            "Version sweeper",
            async cancellationToken =>
            {
                await SweepAsync(cancellationToken);
                return Rest;
            },
            time,
            logger);
    }

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _loop.Start();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken) => await _loop.DisposeAsync();

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    /// <summary>Sweeps once; returns how many folders went.</summary>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        // The disk first: a deployment is known before it has a folder, so one that is not known by then is gone.
        var apps = Directory.EnumerateDirectories(_folders.Versions).Select(app => (Folder: app, Versions: Directory.EnumerateDirectories(app).ToList())).ToList();
        var homes = Directory.EnumerateDirectories(_folders.Packages).ToList();
        var deployments = await DeploymentsOfAsync([.. apps.Select(app => app.Folder).Concat(homes).Select(NameOf).Distinct()], cancellationToken);
        var wanted = deployments.Where(deployment => !deployment.Failed)
            .Select(deployment => (deployment.AppId, deployment.Id.ToString("n", CultureInfo.InvariantCulture))).ToHashSet();
        var known = deployments.Select(deployment => deployment.AppId).ToHashSet();

        var removed = apps.SelectMany(app => app.Versions.Where(version => !wanted.Contains((NameOf(app.Folder), NameOf(version)))))
            .Where(folder => !_workers.Runs(folder))
            .Count(folder => Told(folder, _folders.TryRemove(folder)));
        foreach (var app in apps.Where(app => !known.Contains(NameOf(app.Folder))))
        {
            _folders.RemoveIfEmpty(app.Folder);
        }

        return removed + homes.Where(home => !known.Contains(NameOf(home))).Count(home => Told(home, _homes.TryRemove(NameOf(home))));
    }

    private static string NameOf(string folder) => Path.GetFileName(folder);

    private async Task<List<(string AppId, Guid Id, bool Failed)>> DeploymentsOfAsync(string[] apps, CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<(string AppId, Guid Id, bool Failed)>(new CommandDefinition(
            "select app_id, id, state = 'failed' from deployments where app_id = any(@apps)", new { apps }, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    private bool Told(string folder, bool removed)
    {
        if (removed)
        {
            Log.Removed(_logger, folder);
        }

        return removed;
    }

    private static partial class Log
    {
        [LoggerMessage(2505, LogLevel.Information, "{Folder} was removed: its deployment is gone")]
        public static partial void Removed(ILogger logger, string folder);
    }
}
