using Microsoft.Extensions.DependencyInjection;
using RootCx.Core.Settings;

namespace RootCx.Core.Deployments.Archives;

/// <summary>Adds the unpacking of archives.</summary>
public static class ArchiveRegistration
{
    /// <summary>Registers the capability.</summary>
    public static IServiceCollection AddArchives(this IServiceCollection services) => services
        .AddValidatedOptions<ArchiveLimits>(ArchiveLimits.Section)
        .AddSingleton<ArchiveExtractor>();
}
