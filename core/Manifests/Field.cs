namespace RootCx.Core.Manifests;

/// <summary>A column of an entity's table.</summary>
/// <param name="Name">Lower-case letter, then lower-case letters, digits and <c>_</c>; at most 63 characters.</param>
/// <param name="Type">What it holds.</param>
public sealed record Field(string Name, FieldType Type)
{
    /// <summary>The primary key that every entity has; a UUID made by the database unless the manifest declares another type.</summary>
    public static Field Id { get; } = new("id", FieldType.Uuid) { Required = true, Default = "gen_random_uuid()" };

    /// <summary>When the row was made; set by the database alone.</summary>
    public static Field CreatedAt { get; } = new("created_at", FieldType.Timestamp) { Required = true, Default = "now()" };

    /// <summary>When the row was last changed; grows with every change.</summary>
    public static Field UpdatedAt { get; } = new("updated_at", FieldType.Timestamp) { Required = true, Default = "now()" };

    /// <summary>NOT NULL.</summary>
    public bool Required { get; init; }

    /// <summary>No two rows have the same value; nulls are not the same as each other.</summary>
    public bool Unique { get; init; }

    /// <summary>The column's default as SQL: a literal with its type, such as <c>'lead'::text</c>, or <c>now()</c>; null for none.</summary>
    public string? Default { get; init; }

    /// <summary>The only values it may have, as text; numbers as JSON writes them. Null for any.</summary>
    public IReadOnlyList<string>? EnumValues { get; init; }

    /// <summary>The rows it points to, if it does.</summary>
    public FieldReference? Reference { get; init; }
}

/// <summary>A foreign key; it always points to the target's <c>id</c>.</summary>
/// <param name="Entity">An entity of the same app; null for the platform's users (<c>core:users</c>).</param>
/// <param name="OnDelete">What becomes of the row when its target is deleted.</param>
public sealed record FieldReference(string? Entity, DeleteRule OnDelete);

/// <summary>What becomes of rows whose target is deleted.</summary>
public enum DeleteRule
{
    /// <summary>The target can't be deleted while they are there.</summary>
    Restrict,

    /// <summary>They point to nothing.</summary>
    SetNull,

    /// <summary>They are deleted as well.</summary>
    Cascade,
}
