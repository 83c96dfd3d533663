namespace RootCx.Core.Crons;

/// <summary>Which occurrences of a cron are to become jobs now.</summary>
/// <param name="Late">Those made up for: they were due before now.</param>
/// <param name="Ahead">Those due from now until the horizon.</param>
/// <param name="Missed">Those that were due before now and are not made up for, if any.</param>
/// <param name="NextAt">The first one after the horizon; null if there is none.</param>
internal sealed record CronPlan(IReadOnlyList<DateTimeOffset> Late, IReadOnlyList<DateTimeOffset> Ahead, MissedOccurrences? Missed, DateTimeOffset? NextAt)
{
    /// <summary>What is late, without looking ahead.</summary>
    public static CronPlan OfPast(CronTimetable timetable, DateTimeOffset? nextAt, DateTimeOffset now, int catchUp) =>
        Make(timetable, nextAt, now, TimeSpan.Zero, catchUp) with { Ahead = [] };

    /// <summary>Decides.</summary>
    /// <param name="timetable">When it fires.</param>
    /// <param name="nextAt">The first occurrence that nothing was decided about yet.</param>
    /// <param name="now">The present moment.</param>
    /// <param name="horizon">How far ahead.</param>
    /// <param name="catchUp">How many late ones at most are made up for.</param>
    public static CronPlan Make(CronTimetable timetable, DateTimeOffset? nextAt, DateTimeOffset now, TimeSpan horizon, int catchUp)
    {
        var late = new Queue<DateTimeOffset>();
        MissedOccurrences? missed = null;
        if (timetable.Interval is { } interval && nextAt is { } first && ((now - first).Ticks - 1) / interval.Ticks is var far && far > catchUp)
        {
            // A long time in seconds is not walked through.
            missed = new MissedOccurrences(first, first + ((far - catchUp) * interval), far - catchUp + 1);
            nextAt = missed.Last + interval;
        }

        while (nextAt is { } due && due < now)
        {
            late.Enqueue(due);
            if (late.Count > catchUp)
            {
                var given = late.Dequeue();
                missed = new MissedOccurrences(missed?.First ?? given, given, (missed?.Count ?? 0) + 1);
            }

            nextAt = timetable.After(due);
        }

        var ahead = new List<DateTimeOffset>();
        while (nextAt is { } due && due <= now + horizon)
        {
            ahead.Add(due);
            nextAt = timetable.After(due);
        }

        return new CronPlan([.. late], ahead, missed, nextAt);
    }
}

/// <summary>Occurrences that nothing was done about in time.</summary>
/// <param name="First">The first one.</param>
/// <param name="Last">The last one.</param>
/// <param name="Count">How many.</param>
internal sealed record MissedOccurrences(DateTimeOffset First, DateTimeOffset Last, long Count);
