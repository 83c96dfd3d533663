namespace RootCx.Core.Schemas;

/// <summary>One thing in which the database differs from a manifest.</summary>
/// <param name="Entity">The table.</param>
/// <param name="ChangeType">What has to be done; one of <see cref="ChangeTypes"/>.</param>
/// <param name="Column">The column, if it is about one.</param>
/// <param name="Detail">For people: from what to what; null if there is nothing to say.</param>
/// <param name="IsDestructive">Whether data may be lost.</param>
public sealed record SchemaChange(string Entity, string ChangeType, string? Column, string? Detail, bool IsDestructive);
