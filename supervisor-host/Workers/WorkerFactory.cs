using System.Globalization;
using Microsoft.Extensions.Options;
using RootCx.Core.Apps;
using RootCx.Core.Auth;
using RootCx.Core.Errors;
using RootCx.Core.Logs;
using RootCx.Core.Secrets;
using RootCx.SupervisorHost.Data;
using RootCx.SupervisorHost.Hosting;

namespace RootCx.SupervisorHost.Workers;

/// <summary>Makes worker processes: gives each its folder, its database login, its secrets and its place in the log.</summary>
public sealed class WorkerFactory
{
    private readonly WorkerLauncher _launcher;
    private readonly AppDatabase _databases;
    private readonly SecretStore _secrets;
    private readonly AccessTokens _tokens;
    private readonly LogWriter _logs;
    private readonly WorkerOptions _options;
    private readonly RuntimeOptions _runtime;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HostFolders _folders;
    private readonly WorkerUsers _users;
    private readonly AppData _data;
    private readonly StatementLimiter _statements;
    private readonly MemoryWatch _memory;
    private int _started;

    /// <summary>Starts none yet.</summary>
    public WorkerFactory(
        WorkerLauncher launcher,
        HostFolders folders,
        WorkerUsers users,
        AppDatabase databases,
        SecretStore secrets,
        AppData data,
        StatementLimiter statements,
        MemoryWatch memory,
        AccessTokens tokens,
        LogWriter logs,
        IOptions<WorkerOptions> options,
        IOptions<RuntimeOptions> runtime,
        TimeProvider time,
        ILogger<WorkerFactory> logger)
    {
        _launcher = launcher;
        _databases = databases;
        _secrets = secrets;
        _data = data;
        _statements = statements;
        _memory = memory;
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
    /// <exception cref="Npgsql.NpgsqlException">The app's database login could not be made, or its secrets not be read.</exception>
    /// <exception cref="RefusedException">The app's secrets can't be decrypted.</exception>
    /// <exception cref="System.ComponentModel.Win32Exception">The process could not be started.</exception>
    public async Task<WorkerProcess> StartAsync(AppVersion version, CancellationToken cancellationToken)
    {
        var database = await _databases.EnsureAsync(version.AppId, cancellationToken);
        var secrets = await _secrets.ForWorkerAsync(version.AppId, cancellationToken);
        var identity = new WorkerIdentity(
            version.AppId,
            _runtime.Url,
            database.Url,
            secrets,
            new SecretMask(secrets.Values.Values.Append(database.Password)),
            () => _tokens.IssueWorker(version.AppId),
            _tokens.Lifetime / 2);
        var number = Interlocked.Increment(ref _started).ToString(CultureInfo.InvariantCulture);
        var socket = new WorkerSocket(Path.Combine(_folders.Workers, number), _users.For(version.AppId));
        var operations = new WorkerOperations(version.AppId, _data, _statements, _options.MessageBytes, _time, _logger);
        try
        {
            return new WorkerProcess(version, identity, _launcher, socket, operations, _memory, (level, message) => _logs.Write(version.AppId, level, message), _options, _time);
        }
        catch
        {
            operations.End();
            await socket.DisposeAsync();
            throw;
        }
    }
}
