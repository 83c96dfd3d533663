namespace RootCx.Core.Deployments;

/// <summary>One numbered version of an app, as those see it who carry it out.</summary>
/// <param name="Id">Never comes again, unlike the app's id and the version.</param>
/// <param name="AppId">The app.</param>
/// <param name="Version">1, 2, 3, …</param>
/// <param name="State">Where it stands.</param>
/// <param name="Archive">Name of the blob with the archive as uploaded.</param>
/// <param name="HasCode">False for one that has pages only.</param>
/// <param name="WasLive">Whether it went live before; then it is a matter of starting it, and it can't fail for good.</param>
/// <param name="Error">Why it failed, or could not be activated again, for the deployer to read.</param>
/// <param name="Failure">Whose fault that was.</param>
public sealed record Deployment(
    Guid Id, string AppId, int Version, DeploymentState State, string Archive, bool HasCode, bool WasLive, string? Error, DeploymentFailure? Failure)
{
    /// <summary>Whether it went live or failed.</summary>
    public bool Ended => State is DeploymentState.Live or DeploymentState.Superseded or DeploymentState.Failed;
}

/// <summary>Where a deployment stands; lower case in the database and on the wire.</summary>
public enum DeploymentState
{
    /// <summary>Uploaded, or to be activated again; waiting, or being unpacked.</summary>
    Pending,

    /// <summary>Unpacked; its packages are being installed.</summary>
    Installing,

    /// <summary>Its worker is coming up beside the one that serves.</summary>
    Starting,

    /// <summary>Serving.</summary>
    Live,

    /// <summary>Served until another one went live.</summary>
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
