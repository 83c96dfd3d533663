using RootCx.Functions.Api;

namespace RootCx.Local.Api;

/// <summary>
/// Hosts the function classes on Kestrel, in the place of the Functions host: same routes, same pipeline, same schedules. It adds nothing of its own.
/// </summary>
public static class ApiHost
{
    /// <summary>Runs until the process is told to end.</summary>
    /// <param name="args">ASP.NET Core's own, such as <c>--urls</c>.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Services.AddApi(builder.Configuration);
        builder.Services.AddHostedService<TimerFunctions>();
        var app = builder.Build();
        HttpFunctions.Map(app, HostSettings.Read(AppContext.BaseDirectory));
        await app.RunAsync();
        return 0;
    }
}
