using Npgsql;
using RootCx.Core.Database;

namespace RootCx.Core.Audit.Rows;

/// <summary>
/// Makes the database record what is written to an app's tables, whoever writes: the tables and the triggers on them are the platform's, so the app can't switch it off.
/// </summary>
public static class RowAuditTriggers
{
    private static readonly StatementTriggers Triggers = new("rootcx_audit", "audit_rows");
    private static readonly string[] Operations = ["INSERT", "UPDATE", "DELETE"];

    /// <summary>Sees to it that the tables are audited; cheap when they are already.</summary>
    /// <param name="connection">In the transaction that made the tables, after that.</param>
    /// <param name="appId">The app; also the name of its schema.</param>
    /// <param name="tables">Its tables, all of them the platform's and with an <c>id</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidOperationException">A table is not there, or not the platform's.</exception>
    public static async Task AttachAsync(NpgsqlConnection connection, string appId, IReadOnlyCollection<string> tables, CancellationToken cancellationToken)
    {
        var wanted = tables.SelectMany(table => Operations.Select(operation => (table, operation))).ToList();
        if (await Triggers.AttachAsync(connection, appId, wanted, cancellationToken) is [var unknown, ..])
        {
            throw new InvalidOperationException($"The platform has no table {unknown} in schema {appId}");
        }
    }
}
