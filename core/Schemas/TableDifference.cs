using RootCx.Core.Database;
using RootCx.Core.Manifests;

namespace RootCx.Core.Schemas;

/// <summary>In what a table that is there differs from its entity.</summary>
internal sealed class TableDifference(string appId, Entity entity, TableShape present, TableDdl ddl, IReadOnlySet<DefaultPair> sameDefaults)
{
    private readonly List<PlannedChange> _changes = [];

    // What the index of a link comes and goes with.
    private readonly Dictionary<string, PlannedChange> _carriers = [];

    /// <summary>Columns that change their types, with the change.</summary>
    public Dictionary<string, PlannedChange> TypeChanges { get; } = [];

    /// <summary>Foreign keys that stay as they are.</summary>
    public List<(ForeignKeyShape Key, Field Field)> KeptKeys { get; } = [];

    /// <summary>Which change of a column the index of a link belongs to.</summary>
    public PlannedChange? CarrierOf(string column) => _carriers.GetValueOrDefault(column);

    /// <summary>Compares columns and keys.</summary>
    public IReadOnlyList<PlannedChange> Find()
    {
        foreach (var field in entity.Fields)
        {
            if (present.Columns.FirstOrDefault(column => column.Name == field.Name) is not { } column)
            {
                Add(field);
                continue;
            }

            var pair = PairOf(field, column);
            CompareType(field, column);
            CompareDefault(field, column, pair);
            CompareNulls(field, column);
            CompareValues(field);
            CompareUnique(field);
            CompareKey(field);
        }

        foreach (var column in present.Columns.Where(column => entity.Find(column.Name) is null))
        {
            _carriers[column.Name] = Change(ChangeTypes.DropColumn, column.Name, column.Type, isDestructive: true).With(Stage.DropColumns, ddl.DropColumn(column.Name));
        }

        return _changes;
    }

    /// <summary>The defaults that may be the same although they are written differently; null unless there are two.</summary>
    public static DefaultPair? PairOf(Field field, ColumnShape column) => field.Default is null || column.Default is null
        ? null
        : new DefaultPair(column.Default, field.Default, column.Type == field.Type.SqlName() ? column.Type : null);

    private void Add(Field field)
    {
        var change = _carriers[field.Name] = Change(ChangeTypes.AddColumn, field.Name, field.Type.SqlName()).With(Stage.AddColumns, ddl.AddColumn(entity, field));
        if (TableDdl.HasEnum(field))
        {
            change.With(Stage.Constraints, ddl.AddCheck(field, present: null));
        }

        if (TableDdl.IsUnique(entity, field))
        {
            change.With(Stage.Constraints, ddl.AddUnique(field));
        }

        if (field.Reference is { } reference)
        {
            change.With(Stage.ForeignKeys, ddl.AddForeignKey(field, reference, present: null));
        }
    }

    private void CompareType(Field field, ColumnShape column)
    {
        if (column.Type == field.Type.SqlName())
        {
            return;
        }

        var change = TypeChanges[field.Name] = Change(ChangeTypes.AlterType, field.Name, $"{column.Type} to {field.Type.SqlName()}", isDestructive: true)
            .With(Stage.Types, ddl.AlterType(column.Type, field));
        if (column.Default is not null)
        {
            change.With(Stage.Release, ddl.DropDefault(field.Name));
        }

        if (field.Default is not null)
        {
            change.With(Stage.Defaults, ddl.SetDefault(field));
        }

        // A check of the old type would not fit the new one.
        if (TableDdl.HasEnum(field) && HasValuesOf(field))
        {
            var check = present.Checks[field.Name].Single();
            change.With(Stage.Release, ddl.DropConstraint(check.Name)).With(Stage.Constraints, ddl.AddCheck(field, check.Name));
        }
    }

    private void CompareDefault(Field field, ColumnShape column, DefaultPair? pair)
    {
        if (field.Default is not null && (pair is null || !sameDefaults.Contains(pair)))
        {
            Change(ChangeTypes.SetDefault, field.Name, field.Default).With(Stage.Defaults, ddl.SetDefault(field));
        }
        else if (field.Default is null && column.Default is not null)
        {
            Change(ChangeTypes.DropDefault, field.Name, detail: null).With(Stage.Defaults, ddl.DropDefault(field.Name));
        }
    }

    private void CompareNulls(Field field, ColumnShape column)
    {
        var required = TableDdl.IsRequired(entity, field);
        if (required && !column.Required)
        {
            var change = Change(ChangeTypes.SetNotNull, field.Name, detail: null);
            if (field.Default is not null)
            {
                change.With(Stage.Nulls, ddl.FillNulls(field));
            }

            change.With(Stage.Nulls, ddl.SetNotNull(field.Name));
        }
        else if (!required && column.Required)
        {
            Change(ChangeTypes.DropNotNull, field.Name, detail: null).With(Stage.Release, ddl.DropNotNull(field.Name)); // blank values may become nulls
        }
    }

    private bool HasValuesOf(Field field) => present.Checks[field.Name].ToList() is [var check] && EnumCheck.Allows(check.Expression, field);

    private void CompareValues(Field field)
    {
        var hasEnum = TableDdl.HasEnum(field);
        var checks = present.Checks[field.Name].ToList();
        if (hasEnum ? HasValuesOf(field) : checks.Count == 0)
        {
            return;
        }

        var change = hasEnum
            ? Change(ChangeTypes.UpdateEnum, field.Name, string.Join(", ", field.EnumValues!)) // it has some
                .With(Stage.Constraints, ddl.AddCheck(field, checks.FirstOrDefault()?.Name))
            : Change(ChangeTypes.DropEnum, field.Name, detail: null);
        foreach (var check in checks)
        {
            change.With(Stage.Release, ddl.DropConstraint(check.Name));
        }
    }

    private void CompareUnique(Field field)
    {
        var wanted = TableDdl.IsUnique(entity, field);
        var constraints = present.Uniques[field.Name].ToList();
        if (wanted && constraints.Count == 0)
        {
            _carriers[field.Name] = Change(ChangeTypes.AddUnique, field.Name, detail: null).With(Stage.Constraints, ddl.AddUnique(field));
        }
        else if (!wanted && constraints.Count > 0)
        {
            var change = _carriers[field.Name] = Change(ChangeTypes.DropUnique, field.Name, detail: null);
            constraints.ForEach(constraint => change.With(Stage.Release, ddl.DropConstraint(constraint.Name)));
        }
    }

    private void CompareKey(Field field)
    {
        var keys = present.ForeignKeys.Where(key => key.Column == field.Name).ToList();
        var kept = field.Reference is { } wanted ? keys.Find(key => PointsTo(key, wanted)) : null;
        foreach (var key in keys.Where(key => key != kept))
        {
            _carriers[field.Name] = Change(ChangeTypes.DropForeignKey, field.Name, key.Target).With(Stage.Release, ddl.DropConstraint(key.Name));
        }

        if (field.Reference is not { } reference)
        {
            return;
        }

        if (kept is null)
        {
            _carriers[field.Name] = Change(ChangeTypes.AddForeignKey, field.Name, $"{reference.Entity ?? "core:users"}, on delete {reference.OnDelete.SqlName()}")
                .With(Stage.ForeignKeys, ddl.AddForeignKey(field, reference, present: null));
        }
        else if (DeleteRules.SqlNameOf(kept.Rule) is var rule && rule != reference.OnDelete.SqlName())
        {
            Change(ChangeTypes.AlterDeleteRule, field.Name, $"{rule} to {reference.OnDelete.SqlName()}")
                .With(Stage.Release, ddl.DropConstraint(kept.Name))
                .With(Stage.ForeignKeys, ddl.AddForeignKey(field, reference, kept.Name));
        }
        else
        {
            KeptKeys.Add((kept, field));
        }
    }

    private bool PointsTo(ForeignKeyShape key, FieldReference reference) => reference.Entity is { } target
        ? key.TargetSchema == appId && key.Target == target
        : key.TargetSchema == PlatformDatabase.Schema && key.Target == "users";

    private PlannedChange Change(string type, string column, string? detail, bool isDestructive = false)
    {
        var change = new PlannedChange(new SchemaChange(entity.Name, type, column, detail, isDestructive));
        _changes.Add(change);
        return change;
    }
}
