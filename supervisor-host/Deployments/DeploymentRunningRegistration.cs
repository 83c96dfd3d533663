using RootCx.Core.Deployments;

namespace RootCx.SupervisorHost.Deployments;

/// <summary>Adds the carrying out of deployments.</summary>
public static class DeploymentRunningRegistration
{
    /// <summary>Registers the capability; needs deployments, packages and the running of workers.</summary>
    public static IServiceCollection AddDeploymentRunning(this IServiceCollection services) => services
        .AddDeploymentProgress()
        .AddSingleton<IconPicker>()
        .AddSingleton<VersionFolders>()
        .AddSingleton<DeploymentRunner>()
        .AddSingleton<VersionSweeper>()
        .AddHostedService(provider => provider.GetRequiredService<VersionSweeper>());
}
