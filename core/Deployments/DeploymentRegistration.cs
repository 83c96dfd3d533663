using Microsoft.Extensions.DependencyInjection;
using RootCx.Core.Deployments.Archives;
using RootCx.Core.Settings;

namespace RootCx.Core.Deployments;

/// <summary>Adds what both hosts need for deploys.</summary>
public static class DeploymentRegistration
{
    /// <summary>Registers the capability; needs the platform database, storage, doorbells and workers.</summary>
    public static IServiceCollection AddDeployments(this IServiceCollection services) => services
        .AddValidatedOptions<DeploymentOptions>(DeploymentOptions.Section)
        .AddArchives()
        .AddSingleton<DeploymentArchives>()
        .AddSingleton<DeploymentStore>()
        .AddSingleton<Deployer>();
}
