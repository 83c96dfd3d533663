using System.Text.Json.Serialization;
using RootCx.Core.Json;

namespace RootCx.Core.Hooks;

/// <summary>A row event that enqueues jobs; keys in snake case.</summary>
/// <param name="Id">UUID.</param>
/// <param name="AppId">Whose it is.</param>
/// <param name="Entity">To whose rows it happens.</param>
/// <param name="Operation"><c>INSERT</c>, <c>UPDATE</c> or <c>DELETE</c>.</param>
/// <param name="ActionType"><c>job</c>.</param>
/// <param name="ActionConfig">Goes into the payload of each job.</param>
/// <param name="FromManifest">Whether it came with the app's manifest, and goes with it.</param>
/// <param name="CreatedBy">For whom the jobs run; null for nobody.</param>
/// <param name="CreatedAt">When it was made, in UTC.</param>
public sealed record EntityHook(
    Guid Id,
    [property: JsonPropertyName("app_id")] string AppId,
    string Entity,
    string Operation,
    [property: JsonPropertyName("action_type")] string ActionType,
    [property: JsonPropertyName("action_config")] RawJson ActionConfig,
    [property: JsonPropertyName("from_manifest")] bool FromManifest,
    [property: JsonPropertyName("created_by")] Guid? CreatedBy,
    [property: JsonPropertyName("created_at")] DateTime CreatedAt);
