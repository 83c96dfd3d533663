using Microsoft.Extensions.DependencyInjection;

namespace RootCx.Core.Doorbells;

/// <summary>Adds the doorbell and its listener.</summary>
public static class DoorbellRegistration
{
    /// <summary>Registers both as singletons of the process.</summary>
    public static IServiceCollection AddDoorbells(this IServiceCollection services) =>
        services.AddSingleton<Doorbell>().AddSingleton<DoorbellListener>();
}
