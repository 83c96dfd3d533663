using System.Diagnostics;
using System.Text.Json;
using RootCx.Core.Processes;
using RootCx.Tests.Platform;

[assembly: AssemblyFixture(typeof(PlatformStack))]

namespace RootCx.Tests.Platform;

/// <summary>
/// The platform that the tests speak to: by default one of its own, started with the launcher (real Postgres, Azurite, Bun, both hosts);
/// with ROOTCX_TEST_URL (and ROOTCX_TEST_EMAIL, ROOTCX_TEST_PASSWORD of an administrator) one that runs already.
/// </summary>
public sealed class PlatformStack : IAsyncLifetime
{
    private static readonly TimeSpan StartTime = TimeSpan.FromMinutes(2);

    private readonly List<string> _output = [];
    private Process? _launcher;
    private string? _data;
    private StackDescription? _description;

    /// <summary>Base address of the API.</summary>
    public Uri ApiUrl { get; private set; } = new("http://unset");

    /// <summary>Whether the stack is the tests' own, so that they may look behind the API.</summary>
    public bool IsOwn => _description is not null;

    /// <summary>The parts behind the API; only of an own stack.</summary>
    public StackDescription Description => _description ?? throw new InvalidOperationException("A stack given by ROOTCX_TEST_URL is only known by its API.");

    /// <summary>The data folder of an own stack.</summary>
    public string DataFolder => _data ?? throw new InvalidOperationException("A stack given by ROOTCX_TEST_URL is only known by its API.");

    /// <summary>The administrator, signed in.</summary>
    public ApiClient Admin { get; private set; } = null!; // set before any test runs

    /// <summary>Somebody without any role, signed in.</summary>
    public ApiClient User { get; private set; } = null!; // set before any test runs

    public async ValueTask InitializeAsync()
    {
        string email, password;
        if (Environment.GetEnvironmentVariable("ROOTCX_TEST_URL") is { Length: > 0 } url)
        {
            ApiUrl = new Uri(url);
            email = Required("ROOTCX_TEST_EMAIL");
            password = Required("ROOTCX_TEST_PASSWORD");
        }
        else
        {
            _data = Directory.CreateTempSubdirectory("rootcx-tests-").FullName;
            _description = await StartAsync(_data);
            ApiUrl = new Uri(_description.ApiUrl);
            (email, password) = (_description.AdminEmail, _description.AdminPassword);
        }

        Admin = await Anonymous().SignedInAsync(email, password);
        User = await Anonymous().RegisteredAsync();
    }

    /// <summary>A client that has no token.</summary>
    public ApiClient Anonymous() => new(ApiUrl, token: null);

    public async ValueTask DisposeAsync()
    {
        if (_launcher is { } launcher)
        {
            ProcessSignals.Send(launcher.Id, UnixSignal.Terminate);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(40));
            await launcher.WaitForExitAsync(patience.Token);
            launcher.Dispose();
            Directory.Delete(_data!, recursive: true); // set together with the launcher
        }
    }

    private static string Required(string variable) => Environment.GetEnvironmentVariable(variable)
        ?? throw new InvalidOperationException($"ROOTCX_TEST_URL needs {variable} beside it: the tests sign in as an administrator.");

    private async Task<StackDescription> StartAsync(string data)
    {
        var file = Path.Combine(data, "run", "stack.json");
        _launcher = LauncherProcess.Start(["up", "--port", "0", "--data", data, "--no-demo"], line =>
        {
            lock (_output)
            {
                _output.Add(line);
            }
        });
        using var patience = new CancellationTokenSource(StartTime);
        while (!File.Exists(file))
        {
            if (_launcher.HasExited || patience.IsCancellationRequested)
            {
                lock (_output)
                {
                    throw new InvalidOperationException($"The platform did not start:\n{string.Join('\n', _output)}");
                }
            }

            await Task.Delay(50);
        }

        return JsonSerializer.Deserialize<StackDescription>(await File.ReadAllTextAsync(file), JsonSerializerOptions.Web)!; // the launcher writes an object
    }
}

/// <summary>What the launcher says of the stack it started.</summary>
public sealed record StackDescription(
    string ApiUrl, string SupervisorUrl, string Postgres, string Storage, string AdminEmail, string AdminPassword, int LauncherPid, IReadOnlyList<StackChild> Children);

/// <summary>One process of the stack.</summary>
public sealed record StackChild(string Name, int Pid);
