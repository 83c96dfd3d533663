using RootCx.Core.Apps;

namespace RootCx.SupervisorHost.Deployments;

/// <summary>Adds the carrying out of deployments.</summary>
public static class DeploymentRunningRegistration
{
    /// <summary>Registers the capability; needs deployments, packages and the running of workers.</summary>
    public static IServiceCollection AddDeploymentRunning(this IServiceCollection services) => services
        .AddSingleton<AppIcons>()
        .AddSingleton<IconPicker>()
        .AddSingleton<VersionFolders>()
        .AddSingleton<DeploymentRunner>();
}
