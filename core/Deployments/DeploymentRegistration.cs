using Microsoft.Extensions.DependencyInjection;
using RootCx.Core.Deployments.Archives;
using RootCx.Core.Settings;

namespace RootCx.Core.Deployments;

/// <summary>Adds one side of deploys.</summary>
public static class DeploymentRegistration
{
    /// <summary>Registers what takes deployments and shows them; needs the platform database, storage, doorbells, logs and workers.</summary>
    public static IServiceCollection AddDeployments(this IServiceCollection services) => services
        .AddDeploymentStorage()
        .AddSingleton<DeploymentHistory>()
        .AddSingleton<DeploymentEvents>()
        .AddSingleton<Deployer>();

    /// <summary>Registers what those need who carry deployments out; needs the platform database, storage and doorbells.</summary>
    public static IServiceCollection AddDeploymentProgress(this IServiceCollection services) => services
        .AddDeploymentStorage()
        .AddSingleton<DeploymentProgress>();

    private static IServiceCollection AddDeploymentStorage(this IServiceCollection services) => services
        .AddValidatedOptions<DeploymentOptions>(DeploymentOptions.Section)
        .AddArchives()
        .AddSingleton<DeploymentArchives>()
        .AddSingleton<DeploymentStore>()
        .AddSingleton<AppIcons>();
}
