using System.Text.Json.Serialization;
using RootCx.Core.Json;

namespace RootCx.Core.Jobs;

/// <summary>A job in a list; keys in snake case.</summary>
/// <param name="MsgId">Its id.</param>
/// <param name="AppId">Whose it is.</param>
/// <param name="Payload">As it was enqueued.</param>
/// <param name="UserId">For whom it runs.</param>
/// <param name="ReadCt">Deliveries.</param>
/// <param name="EnqueuedAt">UTC; in the archive the moment it got there.</param>
public sealed record JobRow(
    [property: JsonPropertyName("msg_id")] long MsgId,
    [property: JsonPropertyName("app_id")] string AppId,
    RawJson Payload,
    [property: JsonPropertyName("user_id")] Guid? UserId,
    [property: JsonPropertyName("read_ct")] int ReadCt,
    [property: JsonPropertyName("enqueued_at")] DateTime EnqueuedAt);

/// <summary>All that is known of a job. Times are UTC.</summary>
/// <param name="MsgId">Its id.</param>
/// <param name="AppId">Whose it is.</param>
/// <param name="State">See <see cref="JobState"/>.</param>
/// <param name="Payload">As it was enqueued.</param>
/// <param name="Result">What its handler returned, once it is completed; null also for one over <see cref="JobOptions.ResultBytes"/>.</param>
/// <param name="Error">What was thrown last, or why it failed.</param>
/// <param name="Attempts">Deliveries, this one included.</param>
/// <param name="MaxAttempts">Throws after which it fails.</param>
/// <param name="Priority">-100 to 100.</param>
/// <param name="RunAt">When it was due, or will be.</param>
/// <param name="EnqueuedAt">When it was accepted.</param>
/// <param name="StartedAt">When the last delivery began.</param>
/// <param name="FinishedAt">When it ended.</param>
/// <param name="Progress">0 to 1, as the handler told.</param>
/// <param name="ProgressNote">What the handler told with it.</param>
/// <param name="UserId">For whom it runs.</param>
public sealed record JobDetail(
    [property: JsonPropertyName("msg_id")] long MsgId,
    [property: JsonPropertyName("app_id")] string AppId,
    string State,
    RawJson Payload,
    RawJson? Result,
    string? Error,
    int Attempts,
    int MaxAttempts,
    int Priority,
    DateTime RunAt,
    DateTime EnqueuedAt,
    DateTime? StartedAt,
    DateTime? FinishedAt,
    float? Progress,
    string? ProgressNote,
    [property: JsonPropertyName("user_id")] Guid? UserId);

/// <summary>How many jobs an app has in each state.</summary>
public sealed record JobCounts(long Queued, long Scheduled, long Running, long Completed, long Failed, long Cancelled);
