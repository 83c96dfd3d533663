using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RootCx.Core.Settings;

namespace RootCx.Core.Auth.External;

/// <summary>Adds external issuers.</summary>
public static class ExternalRegistration
{
    /// <summary>Registers the capability; needs the platform database and doorbells.</summary>
    public static IServiceCollection AddExternalIssuers(this IServiceCollection services) => services
        .AddValidatedOptions<ExternalIssuersOptions>(ExternalIssuersOptions.Section)
        .AddSingleton<IValidateOptions<ExternalIssuersOptions>, ExternalIssuerRules>()
        .AddSingleton<ExternalAccounts>()
        .AddSingleton<ExternalSightings>()
        .AddSingleton(provider => new ExternalTokens(
            provider.GetRequiredService<IOptions<ExternalIssuersOptions>>(),
            provider.GetRequiredService<ExternalAccounts>(),
            provider.GetRequiredService<ExternalSightings>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ExternalTokens>>()));
}
