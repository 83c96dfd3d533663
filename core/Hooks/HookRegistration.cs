using Microsoft.Extensions.DependencyInjection;

namespace RootCx.Core.Hooks;

/// <summary>Adds row events.</summary>
public static class HookRegistration
{
    /// <summary>Registers the capability.</summary>
    public static IServiceCollection AddHooks(this IServiceCollection services) => services.AddSingleton<HookManifest>();
}
