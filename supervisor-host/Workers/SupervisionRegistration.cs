using Microsoft.Extensions.Options;
using RootCx.Core.Processes;
using RootCx.Core.Settings;
using RootCx.SupervisorHost.Hosting;

namespace RootCx.SupervisorHost.Workers;

/// <summary>Adds the running of workers.</summary>
public static class SupervisionRegistration
{
    /// <summary>Registers the capability; workers get time to end when the host stops.</summary>
    public static IServiceCollection AddSupervision(this IServiceCollection services) => services
        .AddValidatedOptions<SupervisorOptions>(SupervisorOptions.Section)
        .AddValidatedOptions<RuntimeOptions>(RuntimeOptions.Section)
        .AddValidatedOptions<WorkerOptions>(WorkerOptions.Section)
        .Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(60))
        .AddSingleton<IValidateOptions<SupervisorOptions>, CallBounds>()
        .AddSingleton(_ => new ProcessGuardian())
        .AddSingleton<WorkerUsers>()
        .AddSingleton<HostFolders>()
        .AddSingleton<WorkerLauncher>()
        .AddSingleton<MemoryWatch>()
        .AddSingleton<WorkerFactory>()
        .AddSingleton<AppSupervisors>()
        .AddSingleton<AppTakeOvers>()
        .AddSingleton<AppReplicas>()
        .AddSingleton<SupervisorService>()
        .AddHostedService(provider => provider.GetRequiredService<SupervisorService>());
}
