using Dapper;
using Npgsql;

namespace RootCx.Core.Logs;

/// <summary>Reads apps' logs.</summary>
public sealed class LogReader(NpgsqlDataSource database)
{
    /// <summary>Most lines that one read returns.</summary>
    public const int Most = 500;

    /// <summary>The id of the app's newest line, 0 if it has none.</summary>
    public async Task<long> NewestAsync(string appId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<long>("select coalesce(max(id), 0) from log_entries where app_id = @appId", new { appId });
    }

    /// <summary>The lines after <paramref name="afterId"/>, oldest first, at most <see cref="Most"/>.</summary>
    public async Task<IReadOnlyList<LogEntry>> AfterAsync(string appId, long afterId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var entries = await connection.QueryAsync<LogEntry>(
            "select id, at, level, message from log_entries where app_id = @appId and id > @afterId order by id limit @Most",
            new { appId, afterId, Most });
        return entries.AsList();
    }

    /// <summary>The id before the app's last <paramref name="lines"/> lines, so that reading after it begins with them.</summary>
    public async Task<long> BeforeLastAsync(string appId, int lines, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<long>(
            """
            select coalesce(
              (select id from log_entries where app_id = @appId order by id desc offset @lines limit 1),
              0)
            """,
            new { appId, lines });
    }

    /// <summary>The id before the app's first line at or after <paramref name="since"/>.</summary>
    public async Task<long> BeforeAsync(string appId, DateTimeOffset since, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<long>(
            "select coalesce(max(id), 0) from log_entries where app_id = @appId and at < @at", new { appId, at = since.UtcDateTime });
    }
}
