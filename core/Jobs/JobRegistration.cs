using Microsoft.Extensions.DependencyInjection;
using RootCx.Core.Settings;

namespace RootCx.Core.Jobs;

/// <summary>Adds one side of the jobs.</summary>
public static class JobRegistration
{
    /// <summary>Registers enqueuing, showing, controlling and upkeep; needs the platform database and doorbells.</summary>
    public static IServiceCollection AddJobs(this IServiceCollection services) => services
        .AddValidatedOptions<JobOptions>(JobOptions.Section)
        .AddSingleton<JobQueue>()
        .AddSingleton<JobReader>()
        .AddSingleton<JobControl>()
        .AddSingleton<JobMaintenance>();

    /// <summary>Registers what running jobs needs; needs the platform database.</summary>
    public static IServiceCollection AddJobLedger(this IServiceCollection services) => services
        .AddValidatedOptions<JobOptions>(JobOptions.Section)
        .AddSingleton<JobDepths>()
        .AddSingleton<JobLedger>();
}
