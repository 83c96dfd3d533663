using System.Reflection;
using Dapper;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace RootCx.Core.Database;

/// <summary>
/// Brings the schema up to date when a host starts: every embedded <c>NNN_name.sql</c> that has not run yet, in order, in one transaction,
/// under a lock that any number of starting hosts share. A file never changes once it has landed.
/// </summary>
public sealed partial class SchemaMigrator(NpgsqlDataSource database, TimeProvider time, ILogger<SchemaMigrator> logger) : IHostedService
{
    private const string LockName = "rootcx_system.migrations";

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken) => TransientFaults.RetryAsync(MigrateAsync, time, cancellationToken);

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended(@LockName, 0))", new { LockName }, transaction);
        await connection.ExecuteAsync(
            $"""
            create schema if not exists {PlatformDatabase.Schema};
            create table if not exists {PlatformDatabase.Schema}.schema_migrations (
              name text primary key,
              applied_at timestamptz not null default now()
            );
            """,
            transaction: transaction);

        var applied = (await connection.QueryAsync<string>("select name from schema_migrations", transaction: transaction)).ToHashSet();
        foreach (var (name, sql) in Embedded().Where(migration => !applied.Contains(migration.Name)))
        {
            await connection.ExecuteAsync(sql, transaction: transaction);
            await connection.ExecuteAsync("insert into schema_migrations (name) values (@name)", new { name }, transaction);
            Log.Applied(logger, name);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private static IEnumerable<(string Name, string Sql)> Embedded()
    {
        var assembly = Assembly.GetExecutingAssembly();
        const string Prefix = "RootCx.Core.Database.Migrations.";
        return assembly.GetManifestResourceNames()
            .Where(resource => resource.StartsWith(Prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(resource =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!); // the name came from the same assembly
                return (resource[Prefix.Length..^".sql".Length], reader.ReadToEnd());
            });
    }

    private static partial class Log
    {
        [LoggerMessage(1001, LogLevel.Information, "Migration {Name} applied")]
        public static partial void Applied(ILogger logger, string name);
    }
}
