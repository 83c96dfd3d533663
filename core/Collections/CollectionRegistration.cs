using Microsoft.Extensions.DependencyInjection;
using RootCx.Core.Settings;

namespace RootCx.Core.Collections;

/// <summary>Adds the reading and writing of apps' rows.</summary>
public static class CollectionRegistration
{
    /// <summary>Registers the capability; needs the platform database and manifests.</summary>
    public static IServiceCollection AddCollections(this IServiceCollection services) => services
        .AddValidatedOptions<CollectionOptions>(CollectionOptions.Section)
        .AddSingleton<LinkedRows>()
        .AddSingleton<FederatedQuery>()
        .AddSingleton<RowReader>()
        .AddSingleton<RowFinder>()
        .AddSingleton<RowWriter>();
}
