using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Npgsql;
using RootCx.Core.Database;
using RootCx.Core.Errors;

namespace RootCx.Core.Apps;

/// <summary>
/// Connections that are logged in as an app's own role, so that what is done over them can do nothing that the app's <c>databaseUrl</c> can't. A small pool
/// per app, made when it is first needed; sessions are reset before they are used again. Safe for any thread.
/// </summary>
public sealed class AppConnections(AppDatabase databases, IConfiguration configuration) : IAsyncDisposable
{
    /// <summary>How many connections of one app are open at once.</summary>
    public const int Most = 4;

    /// <summary>How long a statement may take; then the server cancels it.</summary>
    public static readonly TimeSpan StatementTime = TimeSpan.FromSeconds(8);

    // For one to become free, or to be made.
    private const int WaitSeconds = 10;
    private const int IdleSeconds = 30;
    private const int PruningSeconds = 10;

    // What statements may change for their session, and the role for its own: what is given at the start of a session wins over the role, and a
    // reset goes back to it. The texts of values depend on these.
    private static readonly string Settings =
        $"-c statement_timeout={StatementTime.TotalMilliseconds:0} -c bytea_output=hex -c intervalstyle=postgres -c extra_float_digits=1 -c standard_conforming_strings=on";

    private readonly ConcurrentDictionary<string, NpgsqlDataSource> _pools = new();

    /// <summary>Opens one; disposing it gives it back. Values of types that the app made itself are of unknown type to it.</summary>
    /// <exception cref="RefusedException">None became free in time (503), or the password can't be decrypted (500).</exception>
    /// <exception cref="NpgsqlException">The database is not there, or does not let the app in.</exception>
    public async Task<NpgsqlConnection> OpenAsync(string appId, CancellationToken cancellationToken)
    {
        for (var again = false; ; again = true)
        {
            var pool = await PoolAsync(appId, cancellationToken);
            try
            {
                return await pool.OpenConnectionAsync(cancellationToken);
            }
            catch (PostgresException exception) when (!again && exception.SqlState == PostgresErrorCodes.InvalidPassword)
            {
                Forget(appId, pool); // it has another one by now
            }
            catch (ObjectDisposedException) when (!again)
            {
                // Given up in this very moment.
            }
            catch (NpgsqlException exception) when (exception.InnerException is TimeoutException)
            {
                throw new RefusedException(
                    Refusal.Unavailable, $"no connection to the database became free within {WaitSeconds} s: an app has {Most} of them, one for each statement that runs");
            }
        }
    }

    /// <summary>Gives the app's pool up: idle connections are closed, others when they are given back. The next one to ask gets a new pool.</summary>
    public void Forget(string appId)
    {
        if (_pools.TryRemove(appId, out var pool))
        {
            pool.Dispose();
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var pool in _pools.Values)
        {
            await pool.DisposeAsync();
        }
    }

    private void Forget(string appId, NpgsqlDataSource pool)
    {
        if (_pools.TryRemove(KeyValuePair.Create(appId, pool)))
        {
            pool.Dispose();
        }
    }

    private async Task<NpgsqlDataSource> PoolAsync(string appId, CancellationToken cancellationToken)
    {
        if (_pools.TryGetValue(appId, out var present))
        {
            return present;
        }

        var access = await databases.EnsureAsync(appId, cancellationToken);
        var made = new NpgsqlDataSourceBuilder(SettingsFor(appId, access))
            .ConfigureTypeLoading(types => types.EnableTypeLoading(false)) // it would cost each app's first statement a long query
            .Build();
        var pool = _pools.GetOrAdd(appId, made);
        if (!ReferenceEquals(pool, made))
        {
            await made.DisposeAsync(); // somebody was faster
        }

        return pool;
    }

    // The platform's own way to the server, encryption included, with the app's login.
    private string SettingsFor(string appId, AppDatabaseAccess access) =>
        new NpgsqlConnectionStringBuilder(configuration.GetConnectionString(PlatformDatabase.ConnectionName))
        {
            Username = new Uri(access.Url).UserInfo.Split(':')[0],
            Password = access.Password,
            SearchPath = appId,
            Timezone = "UTC",
            Options = Settings,
            ApplicationName = "rootcx ctx.sql",
            Pooling = true,
            MinPoolSize = 0,
            MaxPoolSize = Most,
            Timeout = WaitSeconds,
            CommandTimeout = (int)StatementTime.TotalSeconds + 2, // for a server that does not answer at all
            ConnectionIdleLifetime = IdleSeconds,
            ConnectionPruningInterval = PruningSeconds,
            NoResetOnClose = false,
            MaxAutoPrepare = 0,
            Multiplexing = false,
            IncludeErrorDetail = false,
        }.ConnectionString;
}
