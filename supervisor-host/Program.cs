using RootCx.Core.Apps;
using RootCx.Core.Auth;
using RootCx.Core.Channels;
using RootCx.Core.Database;
using RootCx.Core.Deployments;
using RootCx.Core.Doorbells;
using RootCx.Core.Logs;
using RootCx.Core.Settings;
using RootCx.Core.Storage;
using RootCx.Core.Workers;
using RootCx.SupervisorHost.Deployments;
using RootCx.SupervisorHost.Hosting;
using RootCx.SupervisorHost.Rpc;
using RootCx.SupervisorHost.Workers;

ProcessSecrecy.Protect();
var builder = WebApplication.CreateSlimBuilder(args);
builder.Configuration.AddSettingAliases();
builder.Services
    .AddLoggingDefaults()
    .AddSingleton(TimeProvider.System)
    .AddPlatformDatabase(builder.Configuration)
    .AddStorage(builder.Configuration)
    .AddDoorbells()
    .AddTokens()
    .AddLogWriting()
    .AddWorkers()
    .AddDeployments()
    .AddAppDatabases()
    .AddRpcServer()
    .AddSupervision()
    .AddDeploymentRunning()
    .AddRpcDispatching();

var app = builder.Build();
app.MapHealth();
await app.RunAsync();
