using Npgsql;

namespace RootCx.Core.Crons;

/// <summary>Who decides about the occurrences of an app's crons, or takes them back, holds its lock until the end of the transaction.</summary>
internal static class CronLocks
{
    private const string Sql = "select pg_advisory_xact_lock(hashtextextended('rootcx_system.crons.' || app.id, 0)) from (select unnest($1) as id order by 1) as app";

    /// <summary>Takes the locks, always in the same order.</summary>
    public static NpgsqlBatchCommand OfApps(IReadOnlyList<string> appIds) => new(Sql) { Parameters = { new NpgsqlParameter<string[]> { TypedValue = [.. appIds] } } };

    /// <summary>Takes an app's lock.</summary>
    public static async Task TakeAsync(NpgsqlConnection connection, string appId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Sql, connection) { Parameters = { new NpgsqlParameter<string[]> { TypedValue = [appId] } } };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
