using RootCx.Core.Errors;
using RootCx.Core.Json;

namespace RootCx.Core.Crons;

/// <summary>A cron as it lies in the database.</summary>
internal sealed class CronRow
{
    /// <summary>What to select.</summary>
    public const string Columns =
        "id, app_id, name, schedule, timezone, payload, overlap_policy, enabled, schedule_id, anchor, next_at, created_by, created_at, updated_at";

    private const int Shown = 5;

    public Guid Id { get; init; }

    public string AppId { get; init; } = "";

    public string Name { get; init; } = "";

    public string Schedule { get; init; } = "";

    public string? Timezone { get; init; }

    public string Payload { get; init; } = "";

    public string OverlapPolicy { get; init; } = "";

    public bool Enabled { get; init; }

    public long? ScheduleId { get; init; }

    public DateTime Anchor { get; init; }

    public DateTime? NextAt { get; init; }

    public Guid? CreatedBy { get; init; }

    public DateTime CreatedAt { get; init; }

    public DateTime UpdatedAt { get; init; }

    /// <summary>When it fires; null if this instance can't tell, because a newer one accepted a time zone that this one does not know.</summary>
    public CronTimetable? TryTimetable()
    {
        try
        {
            return new CronTimetable(Schedule, Timezone, new DateTimeOffset(Anchor));
        }
        catch (RefusedException)
        {
            return null;
        }
    }

    /// <summary>The same as clients see it.</summary>
    /// <param name="now">The present moment.</param>
    public Cron ToCron(DateTimeOffset now) => new(
        Id, AppId, Name, Schedule, Timezone, new RawJson(Payload), OverlapPolicy, Enabled, ScheduleId, CreatedBy, CreatedAt, UpdatedAt,
        Enabled ? [.. TryTimetable()?.After(now, Shown).Select(next => next.UtcDateTime) ?? []] : []);
}
