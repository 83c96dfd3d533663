using System.Text.Json.Serialization;

namespace RootCx.Core.Crons;

/// <summary>One run of a cron, or why there was none. Times are UTC.</summary>
/// <param name="RunId">Unique.</param>
/// <param name="JobPid">The id of its job; null if there was none.</param>
/// <param name="Status">The job's state, or <c>skipped</c> or <c>missed</c>.</param>
/// <param name="ReturnMessage">Its result as JSON or its error, the first 8,192 characters; or why there was no run.</param>
/// <param name="StartTime">When its last delivery began.</param>
/// <param name="EndTime">When it ended.</param>
/// <param name="DueAt">Which occurrence it is; the moment at which it was triggered by hand.</param>
/// <param name="Trigger"><c>schedule</c>, <c>manual</c>, or <c>catch-up</c> for one that was made up after a downtime.</param>
/// <param name="TriggeredBy">Who triggered it by hand.</param>
/// <param name="DurationMs">From start to end, in milliseconds.</param>
public sealed record CronRun(
    [property: JsonPropertyName("runid")] long RunId,
    long? JobPid,
    string Status,
    string? ReturnMessage,
    DateTime? StartTime,
    DateTime? EndTime,
    DateTime DueAt,
    string Trigger,
    Guid? TriggeredBy,
    double? DurationMs);
