using Dapper;
using Npgsql;

namespace RootCx.Core.Jobs;

/// <summary>How deep the queues of jobs are.</summary>
public sealed class JobDepths(NpgsqlDataSource database)
{
    /// <summary>Jobs of these apps that have not ended, by app and state: <c>queued</c>, <c>scheduled</c>, or <c>running</c> for those that do for a while. Reads each of them.</summary>
    public async Task<IReadOnlyList<(string AppId, string State, long Count)>> CountAsync(string[] appIds, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<(string AppId, string State, long Count)>(new CommandDefinition(
            """
            select app_id, case when fence is not null then 'running' when scheduled then 'scheduled' else 'queued' end, count(*)
            from jobs where app_id = any(@appIds) group by 1, 2
            """,
            new { appIds }, cancellationToken: cancellationToken))).AsList();
    }
}
