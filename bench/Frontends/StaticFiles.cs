using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace RootCx.Bench.Frontends;

/// <summary>ASP.NET Core's own static file middleware, in a process of its own as the API is.</summary>
internal static class StaticFiles
{
    /// <summary>The argument that makes this executable serve instead of measure.</summary>
    public const string Argument = "--serve-static-files";

    /// <summary>Serves a folder on a free port, which it prints, until the process is ended.</summary>
    public static async Task<int> ServeAsync(string folder)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(options => options.AddServerHeader = false);
        await using var app = builder.Build();
        using var files = new PhysicalFileProvider(folder);
        app.UseStaticFiles(new StaticFileOptions { FileProvider = files });
        await app.StartAsync();
        Console.WriteLine(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()); // it listens
        await ((IHost)app).WaitForShutdownAsync();
        return 0;
    }
}
