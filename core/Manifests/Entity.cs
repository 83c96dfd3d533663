using System.Collections.Frozen;

namespace RootCx.Core.Manifests;

/// <summary>A kind of record that an app keeps; a table in the app's schema.</summary>
public sealed class Entity
{
    private readonly FrozenDictionary<string, Field> _byName;

    /// <summary>With these fields.</summary>
    /// <param name="name">The table's name; lower-case letter, then lower-case letters, digits and <c>_</c>, at most 63 characters.</param>
    /// <param name="declared">The fields in the order of the manifest; <c>id</c> only if it is declared, <c>created_at</c> and <c>updated_at</c> never.</param>
    public Entity(string name, IEnumerable<Field> declared)
    {
        Name = name;
        var fields = declared.ToList();
        Id = fields.Find(field => field.Name == Field.Id.Name) ?? Field.Id;
        Fields = [Id, .. fields.Where(field => field.Name != Field.Id.Name), Field.CreatedAt, Field.UpdatedAt];
        _byName = Fields.ToFrozenDictionary(field => field.Name);
    }

    /// <summary>The table's name.</summary>
    public string Name { get; }

    /// <summary>The primary key.</summary>
    public Field Id { get; }

    /// <summary>All columns: <c>id</c>, those that were declared in their order, <c>created_at</c>, <c>updated_at</c>.</summary>
    public IReadOnlyList<Field> Fields { get; }

    /// <summary>Under which key the same thing is known in other apps, if it is.</summary>
    public EntityIdentity? Identity { get; init; }

    /// <summary>Indexes besides those that keys and links have.</summary>
    public IReadOnlyList<EntityIndex> Indexes { get; init; } = [];

    /// <summary>A column, or null.</summary>
    public Field? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Whether clients may write the column: all but the system's own. An <c>id</c> that the database does not make has to be written once.</summary>
    public bool IsWritable(Field field) =>
        !ReferenceEquals(field, Field.CreatedAt) && !ReferenceEquals(field, Field.UpdatedAt) && (!ReferenceEquals(field, Id) || Id.Default is null);
}

/// <summary>What makes rows of different apps the same thing.</summary>
/// <param name="Kind">What they are: <c>person</c>, <c>company</c>.</param>
/// <param name="Key">The field whose value they share.</param>
public sealed record EntityIdentity(string Kind, string Key);

/// <summary>An index that a manifest declares.</summary>
/// <param name="Name">Unique in the app's schema.</param>
/// <param name="Columns">Of the entity, in order.</param>
/// <param name="Unique">No two rows have the same values in all of them.</param>
public sealed record EntityIndex(string Name, IReadOnlyList<string> Columns, bool Unique);
