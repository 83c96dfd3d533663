namespace RootCx.Core.Schemas;

/// <summary>A change with what brings it about.</summary>
internal sealed class PlannedChange(SchemaChange change)
{
    private readonly List<Step> _steps = [];

    /// <summary>What is changed.</summary>
    public SchemaChange Change { get; } = change;

    /// <summary>What is done for it.</summary>
    public IReadOnlyList<Step> Steps => _steps;

    /// <summary>Adds something that is to be done for it.</summary>
    public PlannedChange With(Stage stage, string sql)
    {
        _steps.Add(new Step(stage, sql));
        return this;
    }
}

/// <summary>A statement.</summary>
internal sealed record Step(Stage Stage, string Sql);

/// <summary>When a statement runs; each stage is through with all tables before the next one begins. That is how tables can point to each other in circles.</summary>
internal enum Stage
{
    /// <summary>Keys, checks and indexes that are gone or in the way of what follows are dropped.</summary>
    Release,

    /// <summary>Tables are made.</summary>
    Create,

    /// <summary>Columns go.</summary>
    DropColumns,

    /// <summary>Columns come.</summary>
    AddColumns,

    /// <summary>Columns change their types.</summary>
    Types,

    /// <summary>Columns get their defaults.</summary>
    Defaults,

    /// <summary>Nulls are replaced, and refused or allowed.</summary>
    Nulls,

    /// <summary>Checks, unique constraints and indexes are made.</summary>
    Constraints,

    /// <summary>Foreign keys are made.</summary>
    ForeignKeys,
}
