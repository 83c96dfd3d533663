using RootCx.Core.Errors;
using RootCx.Core.Manifests;

namespace RootCx.Core.Schemas;

/// <summary>In what an app's schema differs from its manifest, and what makes it alike.</summary>
internal sealed class SchemaDifference(SchemaShape present, Manifest manifest, IReadOnlySet<DefaultPair> sameDefaults)
{
    private readonly List<PlannedChange> _changes = [];
    private readonly Dictionary<string, TableDifference> _tables = [];
    private readonly Dictionary<string, PlannedChange> _madeIndexes = [];
    private readonly HashSet<string> _droppedIndexes = [];

    private readonly FreeNames _relations = new(
        present.Relations.Keys
            .Concat(manifest.Entities.Select(entity => entity.Name))
            .Concat(manifest.Entities.SelectMany(entity => entity.Indexes).Select(index => SqlNames.Shorten(index.Name))));

    /// <summary>The defaults that have to be compared by what they mean.</summary>
    public static IReadOnlyCollection<DefaultPair> DefaultsIn(SchemaShape present, Manifest manifest) =>
    [
        .. from entity in manifest.Entities
           where present.Tables.ContainsKey(entity.Name)
           from column in present.Tables[entity.Name].Columns
           let field = entity.Find(column.Name)
           where field is not null
           let pair = TableDifference.PairOf(field, column)
           where pair is not null
           select pair,
    ];

    /// <summary>Compares; entities in the order of the manifest, then tables whose entities are gone.</summary>
    /// <exception cref="RefusedException">Something that is not the platform's has a name that is needed (409).</exception>
    public IReadOnlyList<PlannedChange> Find()
    {
        foreach (var entity in manifest.Entities)
        {
            var table = present.Tables.GetValueOrDefault(entity.Name);
            if (table is null && present.Relations.TryGetValue(entity.Name, out var other))
            {
                throw IsTaken(entity.Name, other);
            }

            var ddl = DdlFor(entity.Name, table);
            if (table is null)
            {
                Create(entity, ddl);
            }
            else
            {
                Compare(entity, table, ddl);
            }
        }

        _changes.AddRange(present.Tables.Keys.Where(table => manifest.Find(table) is null).Order(StringComparer.Ordinal).Select(table => new PlannedChange(
            new SchemaChange(table, ChangeTypes.DropTable, Column: null, "the entity is gone from the manifest; the table and its rows stay", IsDestructive: false))));
        FreeKeysOfChangedTypes();
        FreeIndexNames();
        return _changes;
    }

    private TableDdl DdlFor(string table, TableShape? shape) => new(
        manifest.AppId, table, _relations, new FreeNames(shape is null ? [] : shape.ForeignKeys.Select(key => key.Name).Concat(shape.Checks.SelectMany(checks => checks).Select(check => check.Name))));

    private void Create(Entity entity, TableDdl ddl)
    {
        var change = new PlannedChange(new SchemaChange(entity.Name, ChangeTypes.CreateTable, Column: null, Detail: null, IsDestructive: false));
        _changes.Add(change);
        foreach (var statement in ddl.Create(entity))
        {
            change.With(Stage.Create, statement);
        }

        foreach (var field in entity.Fields)
        {
            if (field.Reference is { } reference)
            {
                change.With(Stage.ForeignKeys, ddl.AddForeignKey(field, reference, present: null));
            }
        }

        foreach (var index in WantedIndex.Of(entity))
        {
            change.With(Stage.Constraints, ddl.Add(index));
            if (index.Name is not null)
            {
                _madeIndexes[index.Name] = change;
            }
        }
    }

    private void Compare(Entity entity, TableShape table, TableDdl ddl)
    {
        var columns = _tables[entity.Name] = new TableDifference(manifest.AppId, entity, table, ddl, sameDefaults);
        _changes.AddRange(columns.Find());
        var indexes = new IndexDifference(manifest.AppId, entity, ddl, columns.CarrierOf);
        _changes.AddRange(indexes.Find(table.Indexes));
        _droppedIndexes.UnionWith(indexes.Dropped);
        foreach (var (name, change) in indexes.Made)
        {
            _madeIndexes[name] = change;
        }
    }

    // A foreign key needs the same type on both sides, so it is away while they change. Those of tables whose entities are gone don't come back.
    private void FreeKeysOfChangedTypes()
    {
        foreach (var key in present.Tables.Values.SelectMany(table => table.ForeignKeys))
        {
            if ((ChangeOfType(key.Table, key.Column) ?? (key.TargetSchema == manifest.AppId ? ChangeOfType(key.Target, Field.Id.Name) : null)) is not { } change)
            {
                continue;
            }

            var ddl = DdlFor(key.Table, present.Tables[key.Table]);
            if (!_tables.TryGetValue(key.Table, out var table))
            {
                change.With(Stage.Release, ddl.DropConstraint(key.Name));
            }
            else if (table.KeptKeys.Find(kept => kept.Key == key) is { Field.Reference: { } reference } kept)
            {
                change.With(Stage.Release, ddl.DropConstraint(key.Name)).With(Stage.ForeignKeys, ddl.AddForeignKey(kept.Field, reference, key.Name));
            }
        }
    }

    private PlannedChange? ChangeOfType(string table, string column) => _tables.GetValueOrDefault(table)?.TypeChanges.GetValueOrDefault(column);

    // The name of a declared index may be that of an index of a table whose entity is gone.
    private void FreeIndexNames()
    {
        foreach (var (name, change) in _madeIndexes)
        {
            if (_droppedIndexes.Contains(name) || !present.Relations.TryGetValue(name, out var other))
            {
                continue;
            }

            if (other is not { IsPlatforms: true, Kind: RelationShape.Index })
            {
                throw IsTaken(name, other);
            }

            change.With(Stage.Release, DdlFor(change.Change.Entity, shape: null).RenameIndex(name));
        }
    }

    private RefusedException IsTaken(string name, RelationShape other) => new(
        Refusal.Conflict,
        other.IsPlatforms
            ? $"'{name}' is the name of {other.Article} {other.Kind} in the schema of app '{manifest.AppId}' already: choose another one"
            : $"the schema of app '{manifest.AppId}' has {other.Article} {other.Kind} '{name}' that the app made by itself: drop or rename it first");
}
