namespace RootCx.Core.Deployments;

/// <summary>What states, steps and failures are called in the database and on the wire.</summary>
public static class DeploymentNames
{
    /// <summary>Lower case.</summary>
    public static string Name<T>(this T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
