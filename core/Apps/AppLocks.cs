using Dapper;
using Npgsql;

namespace RootCx.Core.Apps;

/// <summary>Of those who install or uninstall the same app one comes after the other.</summary>
internal static class AppLocks
{
    /// <summary>Waits for one's turn, which lasts until the end of the transaction.</summary>
    public static Task TakeAsync(NpgsqlConnection connection, string appId, CancellationToken cancellationToken) => connection.ExecuteAsync(new CommandDefinition(
        "select pg_advisory_xact_lock(hashtextextended('rootcx_system.install.' || @appId, 0))", new { appId }, cancellationToken: cancellationToken));
}
