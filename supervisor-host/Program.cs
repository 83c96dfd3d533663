using RootCx.SupervisorHost.Hosting;

ProcessSecrecy.Protect();
var builder = WebApplication.CreateSlimBuilder(args);
builder.Services.AddSupervisor(builder.Configuration);
var app = builder.Build();
app.MapHealth();
await app.RunAsync();
