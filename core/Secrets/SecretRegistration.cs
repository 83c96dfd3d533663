using Microsoft.Extensions.DependencyInjection;
using RootCx.Core.Settings;

namespace RootCx.Core.Secrets;

/// <summary>Adds secrets.</summary>
public static class SecretRegistration
{
    /// <summary>Registers the capability; needs the platform database and doorbells. The host does not start without a master key.</summary>
    public static IServiceCollection AddSecrets(this IServiceCollection services) => services
        .AddValidatedOptions<SecretOptions>(SecretOptions.Section)
        .AddSingleton<MasterKeys>()
        .AddSingleton<DataKeys>()
        .AddSingleton<SecretVault>()
        .AddSingleton<SecretStore>();
}
