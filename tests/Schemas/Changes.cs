using RootCx.Core.Schemas;

namespace RootCx.Tests.Schemas;

/// <summary>Changes, short enough to be compared at a glance.</summary>
internal static class Changes
{
    /// <summary>The type, and the column if there is one.</summary>
    public static IEnumerable<string> Short(this IEnumerable<SchemaChange> changes) =>
        changes.Select(change => change.Column is null ? $"{change.Entity}: {change.ChangeType}" : $"{change.Entity}.{change.Column}: {change.ChangeType}");
}
