using Microsoft.Extensions.DependencyInjection;
using RootCx.Core.Settings;

namespace RootCx.Core.Crons;

/// <summary>Adds one side of the crons.</summary>
public static class CronRegistration
{
    /// <summary>Registers making, showing and planning crons; needs the platform database, doorbells and jobs.</summary>
    public static IServiceCollection AddCrons(this IServiceCollection services) => services
        .AddValidatedOptions<CronOptions>(CronOptions.Section)
        .AddCronSettlement()
        .AddSingleton<CronClock>()
        .AddSingleton<CronPlanner>()
        .AddSingleton<CronStore>()
        .AddSingleton<CronReader>()
        .AddSingleton<CronHistory>()
        .AddSingleton<CronManifest>();

    /// <summary>Registers the deciding about occurrences that fall due; needs the platform database.</summary>
    public static IServiceCollection AddCronSettlement(this IServiceCollection services) => services.AddSingleton<CronSettlement>();
}
