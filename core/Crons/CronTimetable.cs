using NodaTime;
using RootCx.Core.Errors;

namespace RootCx.Core.Crons;

/// <summary>
/// The moments at which a cron fires. A local time that is skipped when clocks go forward fires once, right after; one that comes twice when they go back
/// fires the first time only. Intervals of seconds know neither zones nor clocks: they count from a moment on.
/// </summary>
public sealed class CronTimetable
{
    private readonly CronSchedule _schedule;
    private readonly DateTimeZone _zone;
    private readonly DateTimeOffset _anchor;

    /// <summary>Combines a schedule with where and from when it holds.</summary>
    /// <param name="schedule">See <see cref="CronSchedule"/>.</param>
    /// <param name="timezone">An IANA name; null for UTC.</param>
    /// <param name="anchor">From where intervals count.</param>
    /// <exception cref="RefusedException">No such schedule, or no such zone (400).</exception>
    public CronTimetable(string schedule, string? timezone, DateTimeOffset anchor)
    {
        _schedule = CronSchedule.Parse(schedule);
        _anchor = anchor;
        _zone = timezone is null ? DateTimeZone.Utc : DateTimeZoneProviders.Tzdb.Ids.Contains(timezone)
            ? DateTimeZoneProviders.Tzdb[timezone]
            : throw CronErrors.Invalid($"unknown time zone: '{timezone}' (expected an IANA name such as 'Europe/Berlin')");
    }

    /// <summary>The fixed pause between two of them, if there is one.</summary>
    public TimeSpan? Interval => _schedule.Interval;

    /// <summary>The first moment after <paramref name="moment"/>; null if there is none for 41 years.</summary>
    public DateTimeOffset? After(DateTimeOffset moment)
    {
        if (_schedule.Interval is { } interval)
        {
            var passed = Math.Floor((moment - _anchor) / interval);
            return _anchor + ((long)(passed + 1) * interval);
        }

        var instant = Instant.FromDateTimeOffset(moment);
        var local = instant.InZone(_zone).ToDateTimeUnspecified();
        while (_schedule.After(local) is { } next)
        {
            var fires = MomentOf(LocalDateTime.FromDateTime(next));
            if (fires > instant)
            {
                return fires.ToDateTimeOffset();
            }

            local = next; // it came before, the first time that clocks showed this
        }

        return null;
    }

    /// <summary>The first ones after <paramref name="moment"/>.</summary>
    public IReadOnlyList<DateTimeOffset> After(DateTimeOffset moment, int count)
    {
        var moments = new List<DateTimeOffset>(count);
        for (var next = After(moment); next is { } one && moments.Count < count; next = After(one))
        {
            moments.Add(one);
        }

        return moments;
    }

    private Instant MomentOf(LocalDateTime local)
    {
        var mapping = _zone.MapLocal(local);
        return mapping.Count == 0 ? mapping.EarlyInterval.End : mapping.First().ToInstant();
    }
}
