using Microsoft.Extensions.DependencyInjection;

namespace RootCx.Core.Schemas;

/// <summary>Adds the making of apps' tables.</summary>
public static class SchemaRegistration
{
    /// <summary>Registers the capability.</summary>
    public static IServiceCollection AddSchemas(this IServiceCollection services) => services.AddSingleton<SchemaSync>();
}
