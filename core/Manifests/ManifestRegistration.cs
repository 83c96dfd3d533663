using Microsoft.Extensions.DependencyInjection;

namespace RootCx.Core.Manifests;

/// <summary>Adds what apps say of themselves.</summary>
public static class ManifestRegistration
{
    /// <summary>Registers the capability; needs the platform database and doorbells.</summary>
    public static IServiceCollection AddManifests(this IServiceCollection services) => services.AddSingleton<AppManifests>();
}
