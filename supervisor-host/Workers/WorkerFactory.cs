using System.Globalization;
using Microsoft.Extensions.Options;
using RootCx.Core.Apps;
using RootCx.Core.Auth;
using RootCx.Core.Logs;
using RootCx.SupervisorHost.Hosting;

namespace RootCx.SupervisorHost.Workers;

/// <summary>Makes worker processes: gives each its folder, its database login and its place in the log.</summary>
public sealed class WorkerFactory
{
    private readonly WorkerLauncher _launcher;
    private readonly AppDatabase _databases;
    private readonly AccessTokens _tokens;
    private readonly LogWriter _logs;
    private readonly WorkerOptions _options;
    private readonly RuntimeOptions _runtime;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HostFolders _folders;
    private readonly WorkerUsers _users;
    private int _started;

    /// <summary>Starts none yet.</summary>
    public WorkerFactory(
        WorkerLauncher launcher,
        HostFolders folders,
        WorkerUsers users,
        AppDatabase databases,
        AccessTokens tokens,
        LogWriter logs,
        IOptions<WorkerOptions> options,
        IOptions<RuntimeOptions> runtime,
        TimeProvider time,
        ILogger<WorkerFactory> logger)
    {
        _launcher = launcher;
        _databases = databases;
        _tokens = tokens;
        _logs = logs;
        _options = options.Value;
        _runtime = runtime.Value;
        _time = time;
        _logger = logger;
        _folders = folders;
        _users = users;
    }

    /// <summary>Starts a worker on <paramref name="version"/>.</summary>
    /// <exception cref="Npgsql.NpgsqlException">The app's database login could not be made.</exception>
    /// <exception cref="System.ComponentModel.Win32Exception">The process could not be started.</exception>
    public async Task<WorkerProcess> StartAsync(AppVersion version, CancellationToken cancellationToken)
    {
        var database = await _databases.EnsureAsync(version.AppId, cancellationToken);
        var identity = new WorkerIdentity(
            version.AppId, _runtime.Url, database.Url, new Dictionary<string, string>(), () => _tokens.IssueWorker(version.AppId), _tokens.Lifetime / 2);
        var number = Interlocked.Increment(ref _started).ToString(CultureInfo.InvariantCulture);
        var socket = new WorkerSocket(Path.Combine(_folders.Workers, number), _users.For(version.AppId));
        try
        {
            return new WorkerProcess(version, identity, _launcher, socket, Log, _options, _time, _logger);
        }
        catch
        {
            await socket.DisposeAsync();
            throw;
        }

        // A worker that logs its own config must not give its password away.
        void Log(string level, string message) =>
            _logs.Write(version.AppId, level, message.Replace(database.Password, "***", StringComparison.Ordinal));
    }
}
