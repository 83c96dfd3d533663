using System.Globalization;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Database;
using RootCx.Core.Json;

namespace RootCx.Core.Audit.Rows;

/// <summary>Shows what became of rows of apps' tables, and bounds it.</summary>
public sealed class RowAuditReader(NpgsqlDataSource database, DayPartitions partitions, IOptions<AuditOptions> options)
{
    /// <summary>Makes the coming days of the log, and drops those past the retention.</summary>
    public Task MaintainAsync(CancellationToken cancellationToken) =>
        partitions.MaintainAsync("row_audit", "changed_at", options.Value.RowRetention, cancellationToken);

    /// <summary>The entries that match.</summary>
    public async Task<IReadOnlyList<RowAuditEntry>> ListAsync(RowAuditQuery query, CancellationToken cancellationToken)
    {
        var parameters = new DynamicParameters(new { query.Before, query.Most });
        var where = new List<string> { "true" };
        foreach (var condition in query.Conditions)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"p{where.Count}");
            parameters.Add(name, condition.Comparison == RowAuditComparison.Contains ? Pattern((string)condition.Value) : condition.Value);
            where.Add(Sql(condition, name));
        }

        if (query.Before is not null)
        {
            where.Add("id < @Before");
        }

        var direction = query.Ascending ? "asc" : "desc";
        var order = query.OrderBy is { } column ? $"{Name(column)} {direction}, id {direction}" : $"id {direction}";
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"""
            select id, table_schema, table_name, record_id, operation, old_record, new_record, actor_uid, delegator_uid, trigger_ref, changed_at
            from row_audit where {string.Join(" and ", where)} order by {order} limit @Most
            """,
            parameters, cancellationToken: cancellationToken));
        return [.. rows.Select(row => row.ToEntry())];
    }

    private static string Sql(RowAuditCondition condition, string parameter) => condition.Comparison switch
    {
        RowAuditComparison.Equal => $"{Name(condition.Column)} = @{parameter}",
        RowAuditComparison.NotEqual => $"{Name(condition.Column)} <> @{parameter}",
        RowAuditComparison.AtLeast => $"{Name(condition.Column)} >= @{parameter}",
        RowAuditComparison.AtMost => $"{Name(condition.Column)} <= @{parameter}",
        RowAuditComparison.Contains when condition.Column == RowAuditColumn.ChangedAt =>
            $"""to_char(changed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') ilike @{parameter}""",
        RowAuditComparison.Contains => $"{Name(condition.Column)} ilike @{parameter}",
        _ => throw new ArgumentOutOfRangeException(nameof(condition), condition.Comparison, message: null),
    };

    // What stands for itself in it, and is not a wildcard.
    private static string Pattern(string part) =>
        $"%{part.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal)}%";

    private static string Name(RowAuditColumn column) => column switch
    {
        RowAuditColumn.TableSchema => "table_schema",
        RowAuditColumn.TableName => "table_name",
        RowAuditColumn.RecordId => "record_id",
        RowAuditColumn.Operation => "operation",
        RowAuditColumn.ChangedAt => "changed_at",
        _ => throw new ArgumentOutOfRangeException(nameof(column), column, message: null),
    };

    private sealed class Row
    {
        public long Id { get; init; }

        public string TableSchema { get; init; } = "";

        public string TableName { get; init; } = "";

        public string RecordId { get; init; } = "";

        public string Operation { get; init; } = "";

        public string? OldRecord { get; init; }

        public string? NewRecord { get; init; }

        public Guid? ActorUid { get; init; }

        public Guid? DelegatorUid { get; init; }

        public string? TriggerRef { get; init; }

        public DateTime ChangedAt { get; init; }

        public RowAuditEntry ToEntry() => new(
            Id, TableSchema, TableName, RecordId, Operation, Json(OldRecord), Json(NewRecord), ActorUid, DelegatorUid, TriggerRef, ChangedAt);

        private static RawJson? Json(string? text) => text is null ? null : new RawJson(text);
    }
}
