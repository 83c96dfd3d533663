using RootCx.Core.Deployments;

namespace RootCx.SupervisorHost.Deployments;

/// <summary>A version that can't be made from what was deployed. The message is for the deployer.</summary>
public sealed class DeploymentFailedException(DeploymentFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What it failed of.</summary>
    public DeploymentFailure Failure { get; } = failure;
}
