using System.ComponentModel.DataAnnotations;

namespace RootCx.Core.Logs;

/// <summary>Apps' logs; section <c>Logs</c>.</summary>
public sealed class LogOptions
{
    /// <summary>The section these are bound to.</summary>
    public const string Section = "Logs";

    /// <summary>Longest message in bytes of UTF-8; longer ones are cut at a character and marked.</summary>
    [Range(64, 1024 * 1024)]
    public int MessageBytes { get; set; } = 8192;

    /// <summary>Lines per second that an app may write for long; more are dropped, and their number is said.</summary>
    [Range(1, 1_000_000)]
    public int LinesPerSecond { get; set; } = 1000;

    /// <summary>Lines that an app may write at once before <see cref="LinesPerSecond"/> holds.</summary>
    [Range(1, 1_000_000)]
    public int BurstLines { get; set; } = 5000;

    /// <summary>How long lines are kept; whole days are dropped.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// How long one response streams before it ends itself and the client comes back. Below the Functions host's <c>functionTimeout</c>, which would
    /// otherwise end it together with everything else on the instance.
    /// </summary>
    public TimeSpan StreamLifetime { get; set; } = TimeSpan.FromMinutes(4);

    /// <summary>
    /// A comment is sent after this long without a line, so that nothing on the way takes the connection for dead. Clients may rely on one at least every 15 s.
    /// </summary>
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(12);
}
