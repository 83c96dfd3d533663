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

    /// <summary>How long lines are kept; whole days are dropped.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// How long one response streams before it ends itself and the client comes back. Below the Functions host's <c>functionTimeout</c>, which would
    /// otherwise end it together with everything else on the instance.
    /// </summary>
    public TimeSpan StreamLifetime { get; set; } = TimeSpan.FromMinutes(4);

    /// <summary>A comment is sent after this long without a line, so that nothing on the way takes the connection for dead.</summary>
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(15);
}
