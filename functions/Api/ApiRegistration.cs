using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using RootCx.Core.Apps;
using RootCx.Core.Audit;
using RootCx.Core.Auth;
using RootCx.Core.Auth.External;
using RootCx.Core.Channels;
using RootCx.Core.Collections;
using RootCx.Core.Crons;
using RootCx.Core.Database;
using RootCx.Core.Deployments;
using RootCx.Core.Doorbells;
using RootCx.Core.Frontends;
using RootCx.Core.Health;
using RootCx.Core.Hooks;
using RootCx.Core.Jobs;
using RootCx.Core.Logs;
using RootCx.Core.Manifests;
using RootCx.Core.Retention;
using RootCx.Core.Schemas;
using RootCx.Core.Secrets;
using RootCx.Core.Settings;
using RootCx.Core.Storage;
using RootCx.Core.Telemetry;
using RootCx.Core.Workers;
using RootCx.Functions.Auth;
using RootCx.Functions.Collections;
using RootCx.Functions.Crons;
using RootCx.Functions.Frontends;
using RootCx.Functions.Jobs;
using RootCx.Functions.Logs;
using RootCx.Functions.OpenApi;
using RootCx.Functions.Secrets;

namespace RootCx.Functions.Api;

/// <summary>Everything the functions need, on whichever host they run.</summary>
public static class ApiRegistration
{
    // The Functions host refuses more than this by itself. Our own limits are below it, so that our own answer is the one clients see.
    private const long HostBodyLimit = 104_857_600;

    /// <summary>Registers the API's capabilities.</summary>
    public static IServiceCollection AddApi(this IServiceCollection services, IConfigurationManager configuration)
    {
        configuration.AddSettingAliases();
        return services
            .Configure<KestrelServerOptions>(options =>
            {
                options.AddServerHeader = false;
                options.Limits.MaxRequestBodySize = HostBodyLimit;
            })
            .PostConfigure<ForwardedHeadersOptions>(options => options.ForwardedHeaders = ForwardedHeaders.None) // the worker's own middleware would believe clients
            .AddLoggingDefaults()
            .AddSingleton(TimeProvider.System)
            .AddPlatformDatabase(configuration)
            .AddStorage(configuration)
            .AddDoorbells()
            .AddAuth()
            .AddExternalIssuers()
            .AddAudit()
            .AddWorkers()
            .AddDeployments()
            .AddRetention()
            .AddFrontends()
            .AddLogReading()
            .AddRpcClient()
            .AddJobs()
            .AddCrons()
            .AddSecrets()
            .AddManifests()
            .AddCollections()
            .AddAppDatabases()
            .AddSchemas()
            .AddHooks()
            .AddAppInstalls()
            .AddSingleton<JobAccess>()
            .AddSingleton<CronAccess>()
            .AddSingleton<SecretAccess>()
            .AddSingleton<CollectionAccess>()
            .AddSingleton<FrontendSender>()
            .AddSingleton<CronTimers>()
            .AddSingleton<AccountUpkeep>()
            .AddSingleton<ClientAddress>()
            .AddSingleton<JobUpkeep>()
            .AddSingleton<LogMaintenance>()
            .AddHostedService<UpkeepAtStart>()
            .AddValidatedOptions<ApiOptions>(ApiOptions.Section)
            .AddCors()
            .AddSingleton<ApiCors>()
            .AddSingleton<ApiPipeline>()
            .AddSingleton<ApiRoutes>()
            .AddSingleton<EventStream>()
            .AddSingleton<Authenticator>()
            .AddSingleton<DescriptionAnswers>()
            .AddTelemetry(configuration, "rootcx-api")
            .AddDependencyChecks()
            .AddCheck<SupervisorHealth>("supervisor", timeout: HealthRegistration.Patience)
            .Services;
    }
}
