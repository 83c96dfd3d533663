using System.ComponentModel.DataAnnotations;

namespace RootCx.Core.Crons;

/// <summary>Crons; section <c>Crons</c>.</summary>
public sealed class CronOptions
{
    /// <summary>The section these are bound to.</summary>
    public const string Section = "Crons";

    /// <summary>How far ahead occurrences become jobs. The timer that does it comes every 30 s, so it may be late by the rest.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "01:00:00")]
    public TimeSpan Horizon { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How many of the occurrences that were missed during a downtime are made up for, the latest ones; the others are only recorded.</summary>
    [Range(0, 1000)]
    public int CatchUp { get; set; } = 1;

    /// <summary>Longest payload with the cron's id in it, in bytes of UTF-8. Each occurrence that is planned ahead holds one.</summary>
    [Range(1024, 16 * 1024 * 1024)]
    public int PayloadBytes { get; set; } = 64 * 1024;

    /// <summary>How long is kept which occurrences were skipped or missed; whole days are dropped. Runs are kept as long as their jobs, the latest 20 of each cron longer.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan HistoryRetention { get; set; } = TimeSpan.FromDays(7);
}
