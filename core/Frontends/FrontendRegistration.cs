using Microsoft.Extensions.DependencyInjection;
using RootCx.Core.Settings;

namespace RootCx.Core.Frontends;

/// <summary>Adds apps' front ends.</summary>
public static class FrontendRegistration
{
    /// <summary>Registers the capability; needs the platform database, storage, doorbells, workers and deployments.</summary>
    public static IServiceCollection AddFrontends(this IServiceCollection services) => services
        .AddValidatedOptions<FrontendOptions>(FrontendOptions.Section)
        .AddSingleton<FrontendBundles>()
        .AddSingleton<FrontendStore>()
        .AddSingleton<FrontendDeployer>()
        .AddSingleton<LiveFrontends>()
        .AddSingleton<FrontendCache>();
}
