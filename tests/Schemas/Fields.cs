using RootCx.Core.Manifests;

namespace RootCx.Tests.Schemas;

/// <summary>Short names for what manifests are made of.</summary>
internal static class Fields
{
    public static Field Text(string name) => new(name, FieldType.Text);

    public static Field Number(string name) => new(name, FieldType.Number);

    public static Field Uuid(string name) => new(name, FieldType.Uuid);

    public static Field Time(string name) => new(name, FieldType.Timestamp);

    /// <summary>A link; to users if there is no target.</summary>
    public static Field Link(string name, string? target, FieldType type = FieldType.Uuid, DeleteRule rule = DeleteRule.SetNull) =>
        new(name, type) { Reference = new FieldReference(target, rule) };

    public static EntityOf Of(string name, params Field[] fields) => new(name, fields);

    public static Entity[] Built(params EntityOf[] entities) => [.. entities.Select(entity => entity.Built)];
}

/// <summary>An entity that <c>with</c> works on.</summary>
internal sealed record EntityOf(string Name, Field[] Fields)
{
    public (string Kind, string Key)? Identity { get; init; }

    public EntityIndex[] Indexes { get; init; } = [];

    public Entity Built => new(Name, Fields) { Identity = Identity is var (kind, key) ? new EntityIdentity(kind, key) : null, Indexes = Indexes };
}
