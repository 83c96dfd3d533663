using Microsoft.Extensions.DependencyInjection;

namespace RootCx.Core.Schemas;

/// <summary>Adds what makes tables of manifests.</summary>
public static class SchemaRegistration
{
    /// <summary>Registers the capability; needs apps' databases.</summary>
    public static IServiceCollection AddSchemas(this IServiceCollection services) => services.AddSingleton<SchemaSync>();
}
