using Microsoft.Extensions.DependencyInjection;
using RootCx.Core.Settings;

namespace RootCx.Core.Apps;

/// <summary>Adds what belongs to an app besides its code.</summary>
public static class AppRegistration
{
    /// <summary>Registers apps' databases and the connections to them; needs the platform database and secrets.</summary>
    public static IServiceCollection AddAppDatabases(this IServiceCollection services) => services
        .AddValidatedOptions<AppOptions>(AppOptions.Section)
        .AddSingleton<AppDatabase>()
        .AddSingleton<AppConnections>();

    /// <summary>Registers installing, showing and uninstalling apps; needs apps' databases, schemas, hooks, crons, deployments and workers.</summary>
    public static IServiceCollection AddAppInstalls(this IServiceCollection services) => services
        .AddSingleton<AppInstaller>()
        .AddSingleton<AppUninstaller>()
        .AddSingleton<AppCatalogue>();
}
