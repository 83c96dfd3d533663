using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using RootCx.Core.Processes;
using RootCx.Local.Launcher;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Infra;

/// <summary>
/// The supervisor as its image starts it, without the container around it: published, in a folder that it can't write to, as the image's user where this process may become one,
/// with the image's variables and no others but its settings.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class SupervisorContainer : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rootcx-image-").FullName;
    private readonly ProcessGuardian _guardian = new();
    private readonly StringBuilder _said = new();
    private readonly Dockerfile _image = Dockerfile.Read();
    private readonly Dictionary<string, string> _environment;
    private ChildProcess? _process;

    private SupervisorContainer(PlatformStack stack, EmptyPlatform platform)
    {
        var port = FreePort();
        Address = new Uri($"http://127.0.0.1:{port}");
        _environment = _image.Variables.ToDictionary(one => one.Key, one => InFolder(one.Value));
        _environment["PATH"] = Environment.GetEnvironmentVariable("PATH")!; // the system's own tools, as in the image
        _environment["Workers__BunPath"] = Path.Combine(_folder, "bun");
        _environment["ASPNETCORE_HTTP_PORTS"] = $"{port}";
        _environment["ConnectionStrings__Postgres"] = platform.ConnectionString; // its own, so that it takes no app of another test
        _environment["ConnectionStrings__Storage"] = stack.Own.Description.Storage;
        _environment["ROOTCX_MASTER_KEY"] = Key;
        _environment["ROOTCX_JWT_SECRET"] = new string('s', 32);
        _environment["Runtime__Url"] = stack.ApiUrl.AbsoluteUri;
        _environment["Supervisor__Id"] = App.NewId();
    }

    /// <summary>The master key, by which its environment is told from others.</summary>
    public string Key { get; } = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));

    /// <summary>Where it answers.</summary>
    public Uri Address { get; }

    /// <summary>What it is given for temporary files.</summary>
    public string Work => _environment["TMPDIR"];

    /// <summary>What it printed.</summary>
    public string Said
    {
        get
        {
            lock (_said)
            {
                return _said.ToString();
            }
        }
    }

    private ProcessUser? User => Environment.IsPrivilegedProcess ? new ProcessUser(_image.User, _image.User) : null;

    /// <summary>Starts one.</summary>
    public static async Task<SupervisorContainer> StartAsync(PlatformStack stack, EmptyPlatform platform)
    {
        var container = new SupervisorContainer(stack, platform);
        await container.MakeAsync();
        var dotnet = Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet" ? own : UnixTools.Find("dotnet")!; // the tests run under it
        container._process = ChildProcess.Start(
            new ProcessStart(dotnet, container._image.EntryPoint[1..])
            {
                WorkingDirectory = Path.Combine(container._folder, "app"),
                Environment = container._environment,
                User = container.User,
                OnOutput = container.Say,
                OnError = container.Say,
            },
            container._guardian);
        return container;
    }

    /// <summary>Asks it whether it is well as the image does; the exit code.</summary>
    public async Task<int?> CheckHealthAsync()
    {
        var command = _image.HealthCheck;
        return (await RunAsync(InFolder(command[0]), command[1..], _environment)).ExitCode;
    }

    /// <summary>Runs a script of the shell as the same user; what it printed.</summary>
    public async Task<string> AsWorkerAsync(string script)
    {
        var printed = new StringBuilder();
        await RunAsync("/bin/sh", ["-c", script], new Dictionary<string, string> { ["PATH"] = UnixTools.UsualFolders }, line => printed.AppendLine(line));
        return printed.ToString();
    }

    /// <summary>Tells it to end as a container's host does; how it ended.</summary>
    public async Task<ProcessExit> StopAsync()
    {
        ProcessSignals.Send(_process!.Id, UnixSignal.Terminate); // started
        return await _process.Exited.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _guardian.DisposeAsync();
        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // What the image has in /app, /work and /usr/local/bin.
    private async Task MakeAsync()
    {
        var app = Path.Combine(_folder, "app");
        var output = Path.GetDirectoryName(typeof(SupervisorHost.Hosting.SupervisorOptions).Assembly.Location)!; // loaded from a file
        var configuration = output.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Release" : "Debug";
        using var publish = Process.Start(new ProcessStartInfo(
            "dotnet", ["publish", Repository.PathOf("supervisor-host"), "-c", configuration, "--no-build", "-p:UseAppHost=false", "-o", app, "-v", "quiet", "--tl:off"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        var said = await publish.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await publish.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(publish.ExitCode == 0, said);

        Directory.CreateDirectory(Work);
        if (User is { } user)
        {
            FileOwner.Give(Work, user);
        }

        File.Copy(NodePackages.Installed.Bun, Path.Combine(_folder, "bun"));
        File.Copy(UnixTools.Find("bash")!, InFolder(_image.HealthCheck[0])); // every Linux that we run on has it
        if (User is not null)
        {
            FileOwner.Give(InFolder(_image.HealthCheck[0]), new ProcessUser(0, _image.HealthCheckGroup));
            File.SetUnixFileMode(InFolder(_image.HealthCheck[0]), (UnixFileMode)Convert.ToInt32("2755", 8));
        }

        foreach (var file in Directory.EnumerateFiles(app, "*", SearchOption.AllDirectories).Append(Path.Combine(_folder, "bun")))
        {
            File.SetUnixFileMode(file, (UnixFileMode)Convert.ToInt32("555", 8));
        }

        foreach (var folder in Directory.EnumerateDirectories(app, "*", SearchOption.AllDirectories).Append(app))
        {
            File.SetUnixFileMode(folder, (UnixFileMode)Convert.ToInt32("755", 8));
        }

        File.SetUnixFileMode(_folder, (UnixFileMode)Convert.ToInt32("755", 8));
    }

    private async Task<ProcessExit> RunAsync(string program, string[] arguments, IReadOnlyDictionary<string, string> environment, Action<string>? said = null)
    {
        using var process = ChildProcess.Start(
            new ProcessStart(program, arguments) { Environment = environment, WorkingDirectory = "/", User = User, OnOutput = said, OnError = Say }, _guardian);
        return await process.Exited.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private string InFolder(string value) => value
        .Replace("/usr/local/bin/", $"{_folder}/", StringComparison.Ordinal)
        .Replace("/work", $"{_folder}/work", StringComparison.Ordinal);

    private void Say(string line)
    {
        lock (_said)
        {
            _said.AppendLine(line);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
