namespace RootCx.Core.Deployments;

/// <summary>What happens to a deployment on its way; lower case in the database and on the wire.</summary>
public enum DeploymentStep
{
    /// <summary>Its archive is stored, or somebody wants it back: it waits for its turn.</summary>
    Received,

    /// <summary>Its archive was unpacked, under all limits, and has an entry point.</summary>
    Unpacked,

    /// <summary>Its packages are being installed.</summary>
    Installing,

    /// <summary>Its worker is coming up beside the one that serves.</summary>
    Starting,

    /// <summary>It serves.</summary>
    Live,

    /// <summary>It will not serve.</summary>
    Failed,
}

/// <summary>A step that was taken.</summary>
/// <param name="Id">Grows along the way.</param>
/// <param name="Step">Which.</param>
/// <param name="Error">Why it failed, if it did.</param>
/// <param name="At">When; UTC.</param>
public sealed record DeploymentEvent(long Id, DeploymentStep Step, string? Error, DateTime At)
{
    /// <summary>Whether nothing follows it, unless the version is activated again.</summary>
    public bool IsLast => Step is DeploymentStep.Live or DeploymentStep.Failed;
}
