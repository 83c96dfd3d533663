using Microsoft.Extensions.DependencyInjection;

namespace RootCx.Core.Retention;

/// <summary>Adds the deletion of versions.</summary>
public static class RetentionRegistration
{
    /// <summary>Registers the capability; needs the platform database, doorbells, deployments and front ends.</summary>
    public static IServiceCollection AddRetention(this IServiceCollection services) => services
        .AddSingleton<VersionBlobs>()
        .AddSingleton<VersionCollector>()
        .AddSingleton<OrphanSweeper>();
}
