using System.Text.Json.Serialization;
using RootCx.Core.Json;

namespace RootCx.Core.Audit.Rows;

/// <summary>What became of a row of an app's table; keys in snake case.</summary>
/// <param name="Id">Grows with time.</param>
/// <param name="TableSchema">The app.</param>
/// <param name="TableName">The entity.</param>
/// <param name="RecordId">The row's <c>id</c> as text.</param>
/// <param name="Operation"><c>INSERT</c>, <c>UPDATE</c> or <c>DELETE</c>.</param>
/// <param name="OldRecord">The row before; null for one that was made.</param>
/// <param name="NewRecord">The row after; null for one that was deleted.</param>
/// <param name="ActorUid">The user on whose behalf; null for the app itself.</param>
/// <param name="DelegatorUid">For whom that user acted, if for somebody else.</param>
/// <param name="TriggerRef">What brought it about: see <see cref="RowActor.Trigger"/>; null for SQL of the app's own.</param>
/// <param name="ChangedAt">When the transaction began, in UTC.</param>
public sealed record RowAuditEntry(
    long Id,
    [property: JsonPropertyName("table_schema")] string TableSchema,
    [property: JsonPropertyName("table_name")] string TableName,
    [property: JsonPropertyName("record_id")] string RecordId,
    string Operation,
    [property: JsonPropertyName("old_record")] RawJson? OldRecord,
    [property: JsonPropertyName("new_record")] RawJson? NewRecord,
    [property: JsonPropertyName("actor_uid")] Guid? ActorUid,
    [property: JsonPropertyName("delegator_uid")] Guid? DelegatorUid,
    [property: JsonPropertyName("trigger_ref")] string? TriggerRef,
    [property: JsonPropertyName("changed_at")] DateTime ChangedAt);
