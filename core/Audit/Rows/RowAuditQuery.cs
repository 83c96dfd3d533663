namespace RootCx.Core.Audit.Rows;

/// <summary>Which entries are wanted, and in which order.</summary>
/// <param name="Conditions">All of them hold.</param>
/// <param name="Before">Only those with a smaller id; null: all.</param>
/// <param name="Most">At most so many.</param>
/// <param name="OrderBy">A column; null for the id. Entries that are equal in it are in the order of their ids.</param>
/// <param name="Ascending">Else the greatest come first.</param>
public sealed record RowAuditQuery(IReadOnlyList<RowAuditCondition> Conditions, long? Before, int Most, RowAuditColumn? OrderBy, bool Ascending);

/// <summary>A condition on a column.</summary>
/// <param name="Column">Which.</param>
/// <param name="Comparison">How it is compared.</param>
/// <param name="Value">A <see cref="DateTime"/> in UTC to compare <see cref="RowAuditColumn.ChangedAt"/> with, text for everything else.</param>
public sealed record RowAuditCondition(RowAuditColumn Column, RowAuditComparison Comparison, object Value);

/// <summary>The columns that entries are searched by.</summary>
public enum RowAuditColumn
{
    /// <summary>The app.</summary>
    TableSchema,

    /// <summary>The entity.</summary>
    TableName,

    /// <summary>The row.</summary>
    RecordId,

    /// <summary>What happened to it.</summary>
    Operation,

    /// <summary>When.</summary>
    ChangedAt,
}

/// <summary>How a column is compared with a value.</summary>
public enum RowAuditComparison
{
    /// <summary>It is the same.</summary>
    Equal,

    /// <summary>It is not.</summary>
    NotEqual,

    /// <summary>The value is part of it, in whatever case; of a time as it is shown, <c>2026-01-31T12:00:00.000000Z</c>.</summary>
    Contains,

    /// <summary>It is the same or comes after.</summary>
    AtLeast,

    /// <summary>It is the same or comes before.</summary>
    AtMost,
}
