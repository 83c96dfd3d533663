using RootCx.Core.Manifests;

namespace RootCx.Core.Schemas;

/// <summary>In which indexes a table differs from its entity.</summary>
/// <param name="appId">The app.</param>
/// <param name="entity">What is wanted.</param>
/// <param name="ddl">Statements about the table.</param>
/// <param name="carrierOf">Which change of a column the index of a link belongs to, if any.</param>
internal sealed class IndexDifference(string appId, Entity entity, TableDdl ddl, Func<string, PlannedChange?> carrierOf)
{
    private readonly List<PlannedChange> _changes = [];

    /// <summary>Declared ones that are to be made, by name.</summary>
    public Dictionary<string, PlannedChange> Made { get; } = [];

    /// <summary>Names of those that go.</summary>
    public HashSet<string> Dropped { get; } = [];

    /// <summary>Compares; the indexes of links belong to changes of their columns where there are any.</summary>
    public IReadOnlyList<PlannedChange> Find(IEnumerable<IndexShape> present)
    {
        var remaining = present.ToList();
        foreach (var wanted in WantedIndex.Of(entity))
        {
            var match = remaining.Find(index => wanted.Name is null
                ? index.Name.StartsWith(wanted.PrefixIn(appId), StringComparison.Ordinal) && index.Has(wanted.Columns, wanted.Unique)
                : index.Name == wanted.Name);
            if (match is null)
            {
                Add(wanted);
                continue;
            }

            remaining.Remove(match);
            if (!match.Has(wanted.Columns, wanted.Unique))
            {
                Drop(match.Name, Make(wanted, Change(ChangeTypes.ReplaceIndex, wanted.Columns, $"{Describe(match.Name, match.Columns, match.Unique)} to {Describe(match.Name, wanted.Columns, wanted.Unique)}")));
            }
        }

        foreach (var index in remaining)
        {
            Drop(index);
        }

        return _changes;
    }

    private void Add(WantedIndex wanted)
    {
        var column = wanted.Columns[0];
        Make(wanted, wanted.Kind switch
        {
            IndexKind.Identity => Change(ChangeTypes.AddIdentityIndex, wanted.Columns, detail: null),
            IndexKind.Link => carrierOf(column) ?? Change(ChangeTypes.AddIndex, wanted.Columns, "so that rows are found by what they point to"),
            _ => Change(ChangeTypes.AddIndex, wanted.Columns, Describe(wanted.Name!, wanted.Columns, wanted.Unique)), // declared ones have names
        });
    }

    private PlannedChange Make(WantedIndex wanted, PlannedChange change)
    {
        if (wanted.Name is not null)
        {
            Made[wanted.Name] = change;
        }

        return change.With(Stage.Constraints, ddl.Add(wanted));
    }

    private void Drop(IndexShape index)
    {
        var isIdentity = Is(index, IndexKind.Identity);
        var carrier = !isIdentity && Is(index, IndexKind.Link) ? carrierOf(index.Columns[0]) : null;
        Drop(index.Name, carrier ?? Change(
            isIdentity ? ChangeTypes.DropIdentityIndex : ChangeTypes.DropIndex, index.Columns, isIdentity ? null : Describe(index.Name, index.Columns, index.Unique)));
    }

    private void Drop(string name, PlannedChange change)
    {
        change.With(Stage.Release, ddl.DropIndex(name));
        Dropped.Add(name);
    }

    private PlannedChange Change(string type, IReadOnlyList<string> columns, string? detail)
    {
        var change = new PlannedChange(new SchemaChange(entity.Name, type, columns.Count == 1 ? columns[0] : null, detail, IsDestructive: false));
        _changes.Add(change);
        return change;
    }

    private bool Is(IndexShape index, IndexKind kind) => index.Columns.Count == 1 && !index.Unique && index.Name.StartsWith(WantedIndex.PrefixOf(kind, appId), StringComparison.Ordinal);

    private static string Describe(string name, IEnumerable<string> columns, bool unique) => $"{(unique ? "unique " : "")}{name} ({string.Join(", ", columns)})";
}
