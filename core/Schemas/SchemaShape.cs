namespace RootCx.Core.Schemas;

/// <summary>What is in an app's schema.</summary>
/// <param name="Relations">By name everything that takes a table's or index's name.</param>
/// <param name="Tables">By name those that the platform made.</param>
internal sealed record SchemaShape(IReadOnlyDictionary<string, RelationShape> Relations, IReadOnlyDictionary<string, TableShape> Tables);

/// <summary>Something with a name.</summary>
/// <param name="Kind">For people: <c>table</c>, <c>view</c>.</param>
/// <param name="IsPlatforms">Whether it is the platform's.</param>
internal sealed record RelationShape(string Kind, bool IsPlatforms)
{
    /// <summary>The kind of tables.</summary>
    public const string Table = "table";

    /// <summary>The kind of indexes.</summary>
    public const string Index = "index";

    /// <summary>What stands before it.</summary>
    public string Article => Kind == Index ? "an" : "a";
}

/// <summary>A table that the platform made.</summary>
internal sealed record TableShape(
    string Name,
    IReadOnlyList<ColumnShape> Columns,
    ILookup<string, CheckShape> Checks,
    IReadOnlyList<ForeignKeyShape> ForeignKeys,
    ILookup<string, UniqueShape> Uniques,
    IReadOnlyList<IndexShape> Indexes);

/// <summary>A column; type and default as Postgres shows them.</summary>
internal sealed record ColumnShape(string Name, string Type, bool Required, string? Default);

/// <summary>What a column is checked for.</summary>
internal sealed record CheckShape(string Name, string Expression);

/// <summary>A foreign key of one column.</summary>
/// <param name="Name">Of the constraint.</param>
/// <param name="Table">Whose it is.</param>
/// <param name="Column">Which column.</param>
/// <param name="TargetSchema">The schema of the table it points to.</param>
/// <param name="Target">The table it points to.</param>
/// <param name="Rule">As in <c>pg_constraint.confdeltype</c>.</param>
internal sealed record ForeignKeyShape(string Name, string Table, string Column, string TargetSchema, string Target, string Rule);

/// <summary>A unique constraint of one column.</summary>
internal sealed record UniqueShape(string Name);

/// <summary>An index that belongs to no constraint.</summary>
internal sealed record IndexShape(string Name, IReadOnlyList<string> Columns, bool Unique)
{
    /// <summary>Whether it is of these columns.</summary>
    public bool Has(IReadOnlyList<string> columns, bool unique) => Unique == unique && Columns.SequenceEqual(columns);
}
