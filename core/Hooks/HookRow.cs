using RootCx.Core.Json;

namespace RootCx.Core.Hooks;

/// <summary>A hook as it lies in the database.</summary>
internal sealed class HookRow
{
    /// <summary>What to select.</summary>
    public const string Columns = "id, app_id, entity, operation, action_type, action_config, from_manifest, created_by, created_at";

    public Guid Id { get; init; }

    public string AppId { get; init; } = "";

    public string Entity { get; init; } = "";

    public string Operation { get; init; } = "";

    public string ActionType { get; init; } = "";

    public string ActionConfig { get; init; } = "";

    public bool FromManifest { get; init; }

    public Guid? CreatedBy { get; init; }

    public DateTime CreatedAt { get; init; }

    /// <summary>The same as clients see it.</summary>
    public EntityHook ToHook() => new(Id, AppId, Entity, Operation, ActionType, new RawJson(ActionConfig), FromManifest, CreatedBy, CreatedAt);
}
