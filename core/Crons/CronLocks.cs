using Npgsql;

namespace RootCx.Core.Crons;

/// <summary>
/// Who decides about the occurrences of an app's crons, or takes them back, holds the app's lock until the end of the transaction. Those who decide don't wait
/// for it; those who change a cron do.
/// </summary>
internal static class CronLocks
{
    // A client that vanished in the middle must not hold an app's crons up.
    private const string LongestPause = "10s";

    /// <summary>SQL that takes an app's lock if it is free, and is true then.</summary>
    /// <param name="appId">SQL as well.</param>
    public static string TryTake(string appId) => $"pg_try_advisory_xact_lock({Key(appId)})";

    /// <summary>Takes an app's lock.</summary>
    public static async Task TakeAsync(NpgsqlConnection connection, string appId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"select set_config('idle_in_transaction_session_timeout', '{LongestPause}', true), pg_advisory_xact_lock({Key("$1")})", connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = appId } },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string Key(string appId) => $"hashtextextended('rootcx_system.crons.' || {appId}, 0)";
}
