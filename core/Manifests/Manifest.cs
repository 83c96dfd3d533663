using RootCx.Core.Crons;
using RootCx.Core.Json;

namespace RootCx.Core.Manifests;

/// <summary>What an app says of itself; valid by construction, see <see cref="ManifestReader"/>.</summary>
public sealed class Manifest
{
    private readonly IReadOnlyDictionary<string, Entity> _entities;

    /// <summary>With these entities.</summary>
    public Manifest(string appId, IReadOnlyList<Entity> entities)
    {
        AppId = appId;
        Entities = entities;
        _entities = entities.ToDictionary(entity => entity.Name);
    }

    /// <summary>The app; also the name of its schema.</summary>
    public string AppId { get; }

    /// <summary>For people; the app's id if the manifest has none.</summary>
    public required string Name { get; init; }

    /// <summary>Free text.</summary>
    public string Version { get; init; } = "0.0.1";

    /// <summary>Free text.</summary>
    public string Description { get; init; } = "";

    /// <summary><c>app</c>, <c>integration</c> or <c>agent</c>.</summary>
    public string Type { get; init; } = "app";

    /// <summary>Path of an image inside the backend's archive, or null.</summary>
    public string? Icon { get; init; }

    /// <summary>The data contract, in its order.</summary>
    public IReadOnlyList<Entity> Entities { get; }

    /// <summary>Keys of its own, without <c>app:{appId}:</c> before them; those that its actions mint included.</summary>
    public IReadOnlyList<DeclaredPermission> Permissions { get; init; } = [];

    /// <summary>Crons, in their order.</summary>
    public IReadOnlyList<ManifestCron> Crons { get; init; } = [];

    /// <summary>Row events that enqueue jobs.</summary>
    public IReadOnlyList<ManifestHook> Hooks { get; init; } = [];

    /// <summary>The manifest as it was received.</summary>
    public required RawJson Source { get; init; }

    /// <summary>An entity, or null.</summary>
    public Entity? Find(string entity) => _entities.GetValueOrDefault(entity);
}

/// <summary>A permission that an app has besides those of its entities.</summary>
/// <param name="Key">Without <c>app:{appId}:</c>.</param>
/// <param name="Description">For people, or null.</param>
public sealed record DeclaredPermission(string Key, string? Description);

/// <summary>A row event that enqueues a job.</summary>
/// <param name="Entity">Of the same app.</param>
/// <param name="Operation">What happens to a row.</param>
/// <param name="ActionConfig">Goes into the job's payload; JSON as it was received, null for none.</param>
public sealed record ManifestHook(string Entity, RowOperation Operation, RawJson? ActionConfig)
{
    /// <summary>Longest configuration, in bytes of UTF-8: it goes into every job.</summary>
    public const int ConfigBytes = 64 * 1024;
}

/// <summary>What happens to a row.</summary>
public enum RowOperation
{
    /// <summary>It is made.</summary>
    Insert,

    /// <summary>It is changed.</summary>
    Update,

    /// <summary>It is deleted.</summary>
    Delete,
}
