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
    public TimeSpan InstallTimeout { get; set; } = TimeSpan.FromSeconds(180);

    /// <summary>How long the API waits for a deployment to end before it answers that it is still under way; Azure's front end allows 230 s.</summary>
    public TimeSpan AnswerTimeout { get; set; } = TimeSpan.FromSeconds(220);
}
