using RootCx.Core.Settings;

namespace RootCx.SupervisorHost.Packages;

/// <summary>Adds the installing of packages.</summary>
public static class PackageRegistration
{
    /// <summary>Registers the capability; the cache stops after what comes later, which needs it.</summary>
    public static IServiceCollection AddPackages(this IServiceCollection services) => services
        .AddValidatedOptions<PackageOptions>(PackageOptions.Section)
        .AddSingleton<PackageRegistry>()
        .AddSingleton<RegistryClient>()
        .AddSingleton<RegistryFaults>()
        .AddSingleton<TarballStore>()
        .AddSingleton<TarballFetches>()
        .AddSingleton<PackageProxy>()
        .AddSingleton<PackageCache>()
        .AddSingleton<BunHomes>()
        .AddSingleton<InstallEnvironment>()
        .AddSingleton<PackageInstaller>()
        .AddSingleton<LockFiles>()
        .AddHostedService(provider => provider.GetRequiredService<PackageCache>());
}
