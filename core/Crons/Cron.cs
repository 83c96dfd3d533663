using RootCx.Core.Json;

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
