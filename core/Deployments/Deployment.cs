namespace RootCx.Core.Deployments;

/// <summary>One numbered version of an app's code.</summary>
/// <param name="AppId">The app.</param>
/// <param name="Version">1, 2, 3, …</param>
/// <param name="State">Where it stands.</param>
/// <param name="Archive">Name of the blob with the archive as uploaded.</param>
/// <param name="Error">Why it failed, for the deployer to read.</param>
/// <param name="Failure">Whose fault that was.</param>
public sealed record Deployment(string AppId, int Version, DeploymentState State, string Archive, string? Error, DeploymentFailure? Failure)
{
    /// <summary>Whether it went live or failed.</summary>
    public bool Ended => State is DeploymentState.Live or DeploymentState.Superseded or DeploymentState.Failed;
}

/// <summary>Where a deployment stands; lower case in the database and on the wire.</summary>
public enum DeploymentState
{
    /// <summary>Uploaded, not begun.</summary>
    Pending,

    /// <summary>Being unpacked, its packages installed.</summary>
    Installing,

    /// <summary>Its worker is coming up beside the one that serves.</summary>
    Starting,

    /// <summary>Serving.</summary>
    Live,

    /// <summary>Served until a later one went live.</summary>
    Superseded,

    /// <summary>Never went live.</summary>
    Failed,
}

/// <summary>What a failed deployment failed of.</summary>
public enum DeploymentFailure
{
    /// <summary>The archive can't be unpacked, or has no entry point.</summary>
    Archive,

    /// <summary><c>bun install</c> failed.</summary>
    Install,

    /// <summary>The worker did not become ready.</summary>
    Start,

    /// <summary>The platform itself.</summary>
    Internal,
}
