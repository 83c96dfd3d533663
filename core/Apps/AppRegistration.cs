using Microsoft.Extensions.DependencyInjection;
using RootCx.Core.Secrets;
using RootCx.Core.Settings;

namespace RootCx.Core.Apps;

/// <summary>Adds what belongs to an app besides its code.</summary>
public static class AppRegistration
{
    /// <summary>Registers apps' databases; needs the platform database.</summary>
    public static IServiceCollection AddAppDatabases(this IServiceCollection services) => services
        .AddValidatedOptions<SecretOptions>(SecretOptions.Section)
        .AddSingleton<AppDatabase>();
}
