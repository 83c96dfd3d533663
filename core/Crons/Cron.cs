using System.Text.Json.Serialization;
using RootCx.Core.Jobs;

namespace RootCx.Core.Crons;

/// <summary>A recurring job of an app. Times are UTC.</summary>
/// <param name="Id">UUID.</param>
/// <param name="AppId">Whose it is.</param>
/// <param name="Name">Unique in the app.</param>
/// <param name="Schedule">See <see cref="CronSchedule"/>.</param>
/// <param name="Timezone">An IANA name; null for UTC.</param>
/// <param name="Payload">A JSON object; <c>onJob</c> gets it with <c>cron_id</c> added.</param>
/// <param name="OverlapPolicy"><c>skip</c> or <c>queue</c>: what becomes of an occurrence that falls due while an earlier run has not ended.</param>
/// <param name="Enabled">False while it is paused.</param>
/// <param name="PgJobId">A number of its own for as long as it is enabled; null while it is paused.</param>
/// <param name="CreatedBy">For whom it runs; null for nobody.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="UpdatedAt">When it was last changed.</param>
/// <param name="NextRuns">The next five occurrences; none while it is paused.</param>
public sealed record Cron(
    Guid Id,
    string AppId,
    string Name,
    string Schedule,
    string? Timezone,
    RawJson Payload,
    string OverlapPolicy,
    bool Enabled,
    long? PgJobId,
    Guid? CreatedBy,
    DateTime CreatedAt,
    DateTime UpdatedAt,
    IReadOnlyList<DateTime> NextRuns);

/// <summary>What becomes of an occurrence that falls due while an earlier run of the same cron is queued or running.</summary>
public static class OverlapPolicies
{
    /// <summary>It does not run.</summary>
    public const string Skip = "skip";

    /// <summary>It runs as well.</summary>
    public const string Queue = "queue";
}

/// <summary>A cron to be made.</summary>
/// <param name="Name">1 to 64 of letters, digits, <c>_</c> and <c>-</c>.</param>
/// <param name="Schedule">See <see cref="CronSchedule"/>.</param>
/// <param name="Timezone">An IANA name; null for UTC.</param>
/// <param name="Payload">A JSON object.</param>
/// <param name="OverlapPolicy">One of <see cref="OverlapPolicies"/>.</param>
/// <param name="Enabled">False: paused from the start.</param>
public sealed record NewCron(string Name, string Schedule, string? Timezone, string Payload, string OverlapPolicy, bool Enabled = true);

/// <summary>What is to be changed of a cron; null: stays.</summary>
/// <param name="Schedule">See <see cref="CronSchedule"/>.</param>
/// <param name="Timezone">Set if it is to be changed, to an IANA name or to null for UTC.</param>
/// <param name="Payload">A JSON object.</param>
/// <param name="OverlapPolicy">One of <see cref="OverlapPolicies"/>.</param>
/// <param name="Enabled">False: paused.</param>
public sealed record CronChange(string? Schedule = null, TimezoneChange? Timezone = null, string? Payload = null, string? OverlapPolicy = null, bool? Enabled = null);

/// <summary>A time zone to be set.</summary>
/// <param name="Timezone">An IANA name; null for UTC.</param>
public sealed record TimezoneChange(string? Timezone);

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
