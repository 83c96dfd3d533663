using RootCx.Core.Crons;
using RootCx.Core.Jobs;

namespace RootCx.SupervisorHost.Jobs;

/// <summary>Adds the running of jobs.</summary>
public static class JobRunRegistration
{
    /// <summary>Registers the capability; needs supervision. It stops before the workers do.</summary>
    public static IServiceCollection AddJobRunning(this IServiceCollection services) => services
        .AddJobLedger()
        .AddCronSettlement()
        .AddSingleton<JobCallers>()
        .AddSingleton<JobRecorder>()
        .AddSingleton<JobRunner>()
        .AddHostedService(provider => provider.GetRequiredService<JobRunner>());
}
