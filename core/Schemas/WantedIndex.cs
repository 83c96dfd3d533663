using RootCx.Core.Manifests;

namespace RootCx.Core.Schemas;

/// <summary>An index that an entity's table is to have.</summary>
/// <param name="Kind">What for.</param>
/// <param name="Name">If it is declared; others are recognised by how their names begin, and by their column.</param>
/// <param name="Columns">Of the table, in order.</param>
/// <param name="Unique">No two rows have the same values in all of them.</param>
internal sealed record WantedIndex(IndexKind Kind, string? Name, IReadOnlyList<string> Columns, bool Unique)
{
    /// <summary>How generated names begin.</summary>
    public string PrefixIn(string appId) => PrefixOf(Kind, appId);

    /// <summary>How generated names of a kind begin.</summary>
    public static string PrefixOf(IndexKind kind, string appId) => kind == IndexKind.Identity ? "idx_identity_" : $"idx_{appId}_";

    /// <summary>All of an entity; the declared ones first.</summary>
    public static IEnumerable<WantedIndex> Of(Entity entity)
    {
        foreach (var index in entity.Indexes)
        {
            yield return new WantedIndex(IndexKind.Declared, SqlNames.Shorten(index.Name), index.Columns, index.Unique);
        }

        if (entity.Identity is { } identity)
        {
            yield return new WantedIndex(IndexKind.Identity, Name: null, [identity.Key], Unique: false);
        }

        foreach (var field in entity.Fields.Where(field => field.Reference is not null && !IsIndexed(entity, field)))
        {
            yield return new WantedIndex(IndexKind.Link, Name: null, [field.Name], Unique: false);
        }
    }

    // Whether rows can be found by the field, as it takes when a target is deleted.
    private static bool IsIndexed(Entity entity, Field field) =>
        field.Name == entity.Id.Name || field.Unique || field.Name == entity.Identity?.Key || entity.Indexes.Any(index => index.Columns[0] == field.Name);
}

/// <summary>What an index is for.</summary>
internal enum IndexKind
{
    /// <summary>The manifest has it in <c>indexes</c>.</summary>
    Declared,

    /// <summary>Other apps find the same thing by it.</summary>
    Identity,

    /// <summary>Rows that point to something are found by it.</summary>
    Link,
}
