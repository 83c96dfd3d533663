using Microsoft.Extensions.DependencyInjection;

namespace RootCx.Core.Workers;

/// <summary>Adds what both hosts need to know of workers.</summary>
public static class WorkerRegistration
{
    /// <summary>Registers the capability; needs the platform database and doorbells.</summary>
    public static IServiceCollection AddWorkers(this IServiceCollection services) => services
        .AddSingleton<WorkerStore>()
        .AddSingleton<WorkerLeases>()
        .AddSingleton<WorkerPlacement>()
        .AddSingleton<WorkerReplicas>()
        .AddSingleton<WorkerDirectory>()
        .AddSingleton<WorkerControl>();
}
