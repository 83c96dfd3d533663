using RootCx.SupervisorHost.Hosting;
using RootCx.SupervisorHost.Workers;

namespace RootCx.Local.Launcher;

/// <summary>
/// What a supervisor is made of, in this process and on a stack's services, for tests and benchmarks that look at one part. Nothing is started: it
/// takes no apps, and runs what it is given.
/// </summary>
public sealed class SupervisorParts : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rootcx-parts-");
    private readonly ServiceProvider _services;

    /// <summary>Makes the parts.</summary>
    /// <param name="stack">Whose Postgres and storage they use.</param>
    /// <param name="also">Registered last, so that it wins.</param>
    public SupervisorParts(StackFile stack, Action<IServiceCollection>? also = null)
    {
        if (!OperatingSystem.IsWindows())
        {
            _folder.UnixFileMode |= UnixFileMode.OtherRead | UnixFileMode.OtherExecute; // a worker may run as somebody else
        }

        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:Postgres"] = stack.Postgres,
            ["ConnectionStrings:Storage"] = stack.Storage,
            ["Auth:JwtSecret"] = new string('s', 32),
            ["Secrets:MasterKey"] = new string('a', 64),
            ["Runtime:Url"] = stack.ApiUrl,
            ["Supervisor:DataFolder"] = Path.Combine(_folder.FullName, "data"),
            ["Workers:BunPath"] = NodePackages.Installed.Bun,
        });
        var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<IConfiguration>(configuration)
            .AddSupervisor(configuration);
        also?.Invoke(services);
        _services = services.BuildServiceProvider();
    }

    /// <summary>One of the parts.</summary>
    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>A version of an app, made of one file.</summary>
    public AppVersion Version(string appId, string source)
    {
        var folder = _folder.CreateSubdirectory(Guid.NewGuid().ToString("N"));
        File.WriteAllText(Path.Combine(folder.FullName, "index.ts"), source);
        return new AppVersion(appId, 1, folder.FullName, "index.ts");
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var app in Get<AppSupervisors>().All)
        {
            app.Abandon();
        }

        await _services.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
