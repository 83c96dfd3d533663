using System.ComponentModel.DataAnnotations;

namespace RootCx.Core.Deployments;

/// <summary>Deploys; section <c>Deployments</c>.</summary>
public sealed class DeploymentOptions
{
    /// <summary>The section these are bound to.</summary>
    public const string Section = "Deployments";

    /// <summary>Largest archive as uploaded, in bytes.</summary>
    [Range(1, 100L * 1024 * 1024)]
    public long ArchiveBytes { get; set; } = 50 * 1024 * 1024;

    /// <summary>How long <c>bun install</c> may take.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan InstallTimeout { get; set; } = TimeSpan.FromSeconds(180);

    /// <summary>
    /// How long it may take until an upload is here and kept; then it is refused. Together with <see cref="AnswerTimeout"/> below the Functions host's <c>functionTimeout</c>, which
    /// would end everything else on the instance with it.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan UploadTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the API waits for a deployment to end before it answers that it is still under way; Azure's front end allows 230 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:03:50")]
    public TimeSpan AnswerTimeout { get; set; } = TimeSpan.FromSeconds(220);

    /// <summary>So many versions of an app are kept, counted from the newest one, and as many of those that failed; the live one is kept in any case.</summary>
    [Range(1, 10_000)]
    public int KeptVersions { get; set; } = 20;

    /// <summary>What storage has that no version refers to is deleted when it is older than this: a deploy may be about to refer to it.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "365.00:00:00")]
    public TimeSpan OrphanAge { get; set; } = TimeSpan.FromHours(1);
}
