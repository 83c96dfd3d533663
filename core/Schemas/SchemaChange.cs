namespace RootCx.Core.Schemas;

/// <summary>A difference between a manifest and the tables of its app.</summary>
/// <param name="Entity">The table.</param>
/// <param name="ChangeType">What is to be done.</param>
/// <param name="Column">To which column; null for the table.</param>
/// <param name="Detail">For people.</param>
/// <param name="IsDestructive">Whether data may be lost.</param>
public sealed record SchemaChange(string Entity, string ChangeType, string? Column, string? Detail, bool IsDestructive);
