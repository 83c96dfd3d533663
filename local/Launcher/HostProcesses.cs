using RootCx.Core.Processes;

namespace RootCx.Local.Launcher;

/// <summary>Our own two hosts. Their programs lie beside the launcher's.</summary>
internal sealed class HostProcesses(DataFolder data, LocalSecrets secrets, string postgres, string storage, int apiPort, string bun)
{
    public const string Supervisor = "supervisor";
    public const string Api = "api";

    private readonly int _supervisorPort = Ports.Free();
    private readonly List<string> _apiUrls = [Ports.Url(apiPort)];

    /// <summary>Of the first host of the API.</summary>
    public string ApiUrl => _apiUrls[0];

    /// <summary>Of all hosts of the API.</summary>
    public IReadOnlyList<string> ApiUrls => _apiUrls;

    /// <summary>Of the first supervisor.</summary>
    public string SupervisorUrl => Ports.Url(_supervisorPort);

    /// <summary>So many supervisors; the first one has the name and the folder that a single one has.</summary>
    public IEnumerable<Part> SupervisorParts(int count) => Enumerable.Range(1, count).Select(number =>
        Host(Numbered(Supervisor, number), "Supervisor", number == 1 ? SupervisorUrl : Ports.Url(Ports.Free()), ["RootCx.SupervisorHost.dll"], "/health/ready", new()
        {
            ["Supervisor__Id"] = Numbered("local", number),
            ["Supervisor__DataFolder"] = Numbered(data.Supervisor, number),
            ["Workers__BunPath"] = bun,
        }) with
        { StopGrace = TimeSpan.FromSeconds(20) });

    /// <summary>So many hosts of the API.</summary>
    public IEnumerable<Part> ApiParts(int count)
    {
        while (_apiUrls.Count < count)
        {
            _apiUrls.Add(Ports.Url(Ports.Free()));
        }

        return _apiUrls.Select((url, index) => Host(Numbered(Api, index + 1), "API", url, ["RootCx.Local.dll", "api"], "/health", []));
    }

    private static string Numbered(string name, int number) => number == 1 ? name : $"{name}-{number}";

    private Part Host(string name, string title, string url, string[] program, string health, Dictionary<string, string> settings)
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
            IsHealthyAsync = cancellation => HttpHealth.SucceedsAsync(url + health, cancellation),
        };
    }

    // We run under it ourselves, unless somebody started the executable that the build makes beside our library.
    private static string Dotnet() =>
        Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet" ? own
        : UnixTools.Find("dotnet") ?? throw new LaunchException("dotnet is not on the PATH; install the .NET 10 SDK.");
}
