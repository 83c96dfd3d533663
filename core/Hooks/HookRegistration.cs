using Microsoft.Extensions.DependencyInjection;
using RootCx.Core.Settings;

namespace RootCx.Core.Hooks;

/// <summary>Adds row events that enqueue jobs.</summary>
public static class HookRegistration
{
    /// <summary>Registers making, showing and deleting hooks; needs the platform database.</summary>
    public static IServiceCollection AddHooks(this IServiceCollection services) => services
        .AddValidatedOptions<HookOptions>(HookOptions.Section)
        .AddSingleton<HookStore>()
        .AddSingleton<HookManifest>();
}
