using OpenTelemetry.Metrics;
using RootCx.Core.Apps;
using RootCx.Core.Auth;
using RootCx.Core.Channels;
using RootCx.Core.Collections;
using RootCx.Core.Database;
using RootCx.Core.Doorbells;
using RootCx.Core.Logs;
using RootCx.Core.Manifests;
using RootCx.Core.Secrets;
using RootCx.Core.Settings;
using RootCx.Core.Storage;
using RootCx.Core.Telemetry;
using RootCx.Core.Workers;
using RootCx.SupervisorHost.Data;
using RootCx.SupervisorHost.Deployments;
using RootCx.SupervisorHost.Jobs;
using RootCx.SupervisorHost.Packages;
using RootCx.SupervisorHost.Rpc;
using RootCx.SupervisorHost.Workers;

namespace RootCx.SupervisorHost.Hosting;

/// <summary>Everything a supervisor is made of.</summary>
public static class SupervisorRegistration
{
    /// <summary>Registers the supervisor's capabilities. What takes calls comes last, so that it stops first.</summary>
    public static IServiceCollection AddSupervisor(this IServiceCollection services, IConfigurationManager configuration)
    {
        configuration.AddSettingAliases();
        return services
            .AddLoggingDefaults()
            .AddSingleton(TimeProvider.System)
            .AddPlatformDatabase(configuration)
            .AddStorage(configuration)
            .AddDoorbells()
            .AddTokens()
            .AddLogWriting()
            .AddWorkers()
            .AddSecrets()
            .AddAppDatabases()
            .AddManifests()
            .AddCollections()
            .AddWorkerData()
            .AddRpcServer()
            .AddPackages()
            .AddSupervision()
            .AddDeploymentRunning()
            .AddJobRunning()
            .AddTelemetry(configuration, "rootcx-supervisor", metrics => metrics.AddPrometheusExporter())
            .AddHostedService<SupervisorGauges>()
            .AddSupervisorChecks()
            .AddRpcDispatching();
    }
}
