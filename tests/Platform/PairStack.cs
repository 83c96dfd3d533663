using RootCx.Core.Processes;
using RootCx.Local.Launcher;

namespace RootCx.Tests.Platform;

/// <summary>A platform with two supervisors and two hosts of the API, for tests of what they do together. Tests on it leave no app behind.</summary>
public sealed class PairStack : IAsyncLifetime
{
    /// <summary>The ids of the supervisors.</summary>
    public static readonly IReadOnlyList<string> Supervisors = ["local", "local-2"];

    /// <summary>The parts.</summary>
    public LaunchedStack Own { get; private set; } = null!; // set before any test runs

    /// <summary>The administrator, signed in, at each host of the API.</summary>
    public IReadOnlyList<ApiClient> Admins { get; private set; } = []; // set before any test runs

    /// <summary>The administrator at the first host of the API.</summary>
    public ApiClient Admin => Admins[0];

    public async ValueTask InitializeAsync()
    {
        Own = await LaunchedStack.StartAsync(settings: null, CancellationToken.None, supervisors: 2, apis: 2);
        var first = await new ApiClient(new Uri(Own.Description.ApiUrl), token: null).SignedInAsync(Own.Description.AdminEmail, Own.Description.AdminPassword);
        Admins = [.. Own.Description.ApiUrls.Select(url => new ApiClient(new Uri(url), first.Token))];
    }

    /// <summary>Deploys <paramref name="count"/> apps of one file each.</summary>
    public async Task<Apps> DeployedAsync(int count, string source)
    {
        var apps = new List<App>();
        for (var i = 0; i < count; i++)
        {
            apps.Add(await Admin.DeployedAsync(source));
        }

        return new Apps(apps);
    }

    /// <summary>Sends a signal to a part, by its name.</summary>
    public void Signal(string part, UnixSignal signal) =>
        Assert.True(ProcessSignals.Send(PidOf(part), signal), $"{part} did not run");

    /// <summary>Ends a part, and waits until another process has taken its place.</summary>
    public async Task RestartedAsync(string part, UnixSignal signal)
    {
        var pid = PidOf(part);
        Signal(part, signal);
        await Eventually.TrueAsync(() => PidOf(part) != pid, $"{part} was not started again");
    }

    /// <summary>Freezes a part until the result is disposed of.</summary>
    public async Task<IAsyncDisposable> PausedAsync(string part) => await PausedProcess.PauseAsync(PidOf(part));

    /// <summary>The name of the part that a supervisor is.</summary>
    public static string PartOf(string supervisorId) => supervisorId.Replace("local", "supervisor", StringComparison.Ordinal);

    /// <summary>The supervisor that holds the app and says so, or null.</summary>
    public static async Task<string?> HolderAsync(App app) => (await app.DetailAsync())["detail"]?["host"]?.GetValue<string>();

    public ValueTask DisposeAsync() => Own.DisposeAsync();

    private int PidOf(string part) => Own.ReadDescription().Children.Single(child => child.Name == part).Pid;

    /// <summary>Apps of one test.</summary>
    public sealed class Apps(IReadOnlyList<App> all) : IAsyncDisposable
    {
        /// <summary>All of them.</summary>
        public IReadOnlyList<App> All { get; } = all;

        public async ValueTask DisposeAsync()
        {
            foreach (var app in All)
            {
                (await app.Client.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"/api/v1/apps/{app.Id}"))).EnsureSuccessStatusCode().Dispose();
            }
        }
    }
}

/// <summary>Tests that share a <see cref="PairStack"/>, one at a time.</summary>
[CollectionDefinition(Name)]
public sealed class PairCollection : ICollectionFixture<PairStack>
{
    /// <summary>The collection.</summary>
    public const string Name = "Two supervisors and two hosts of the API";
}
