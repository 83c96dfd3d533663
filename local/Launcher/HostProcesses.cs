using RootCx.Core.Processes;

namespace RootCx.Local.Launcher;

/// <summary>Our own two hosts. Their programs lie beside the launcher's.</summary>
internal sealed class HostProcesses(DataFolder data, LocalSecrets secrets, string postgres, string storage, int apiPort, string bun)
{
    public const string Supervisor = "supervisor";
    public const string Api = "api";

    private readonly int _supervisorPort = Ports.Free();

    public string ApiUrl => Ports.Url(apiPort);

    public string SupervisorUrl => Ports.Url(_supervisorPort);

    public Part SupervisorPart() => Host(Supervisor, "Supervisor", SupervisorUrl, ["RootCx.SupervisorHost.dll"], new()
    {
        ["Supervisor__Id"] = "local",
        ["Supervisor__DataFolder"] = data.Supervisor,
        ["Workers__BunPath"] = bun,
    }) with
    { StopGrace = TimeSpan.FromSeconds(20) };

    public Part ApiPart() => Host(Api, "API", ApiUrl, ["RootCx.Local.dll", "api"], []);

    private Part Host(string name, string title, string url, string[] program, Dictionary<string, string> settings)
    {
        var environment = HostEnvironment.Inherited();
        environment["ConnectionStrings__Postgres"] = postgres;
        environment["ConnectionStrings__Storage"] = storage;
        environment["ROOTCX_MASTER_KEY"] = secrets.MasterKey;
        environment["ROOTCX_JWT_SECRET"] = secrets.JwtSecret;
        environment["Runtime__Url"] = ApiUrl;
        environment["ASPNETCORE_URLS"] = url;
        environment["DOTNET_ENVIRONMENT"] = "Production";
        foreach (var (key, value) in settings)
        {
            environment[key] = value;
        }

        string[] arguments = [Path.Combine(AppContext.BaseDirectory, program[0]), .. program[1..]];
        return new Part
        {
            Name = name,
            Title = title,
            Address = url,
            LogFile = data.Log(name),
            PrepareAsync = _ => Task.FromResult(new ProcessStart(Dotnet(), arguments) { WorkingDirectory = AppContext.BaseDirectory, Environment = environment }),
            IsHealthyAsync = cancellation => HttpHealth.SucceedsAsync($"{url}/health", cancellation),
        };
    }

    // We run under it ourselves, unless somebody started the executable that the build makes beside our library.
    private static string Dotnet() =>
        Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet" ? own
        : UnixTools.Find("dotnet") ?? throw new LaunchException("dotnet is not on the PATH; install the .NET 10 SDK.");
}
