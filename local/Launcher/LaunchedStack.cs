using System.Diagnostics;
using System.Text.Json;
using RootCx.Core.Processes;

namespace RootCx.Local.Launcher;

/// <summary>A platform of one's own, for tests and benchmarks: the launcher in a process of its own, on free ports, with a temporary data folder.</summary>
public sealed class LaunchedStack : IAsyncDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan StopTime = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly Process _launcher;
    private readonly List<string> _printed;

    private LaunchedStack(Process launcher, List<string> printed, string data, StackFile description)
    {
        _launcher = launcher;
        _printed = printed;
        DataFolder = data;
        Description = description;
    }

    /// <summary>Its data folder, deleted when it is stopped.</summary>
    public string DataFolder { get; }

    /// <summary>File with a line for each request to the storage emulator, if it was started so.</summary>
    public string StorageLog => Path.Combine(DataFolder, "logs", $"{Azurite.Name}.log");

    /// <summary>What ran where when it was started.</summary>
    public StackFile Description { get; }

    /// <summary>What runs where now: a part that died has another process.</summary>
    public StackFile ReadDescription() => JsonSerializer.Deserialize(File.ReadAllText(FileIn(DataFolder)), LaunchJson.Default.StackFile)!; // written as a whole

    /// <summary>Starts one and returns when everything is up.</summary>
    /// <param name="settings">Settings for its processes, as environment variables.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="supervisors">How many there are.</param>
    /// <param name="apis">How many hosts of the API there are.</param>
    /// <param name="storageLog">Whether <see cref="StorageLog"/> grows.</param>
    /// <exception cref="InvalidOperationException">It did not start; the message has what it printed.</exception>
    public static async Task<LaunchedStack> StartAsync(
        IReadOnlyDictionary<string, string>? settings, CancellationToken cancellationToken, int supervisors = 1, int apis = 1, bool storageLog = false)
    {
        var data = Directory.CreateTempSubdirectory("rootcx-stack-").FullName;
        var printed = new List<string>();
        string[] hosts = ["--supervisors", $"{supervisors}", "--apis", $"{apis}", .. storageLog ? ["--storage-log"] : Array.Empty<string>()];
        var launcher = Launch(data, hosts, settings, line =>
        {
            lock (printed)
            {
                printed.Add(line);
            }
        });
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(StartTime);
        var file = FileIn(data);
        while (!File.Exists(file))
        {
            if (launcher.HasExited || patience.IsCancellationRequested)
            {
                launcher.Kill();
                throw new InvalidOperationException($"The platform did not start:\n{TextOf(printed)}");
            }

            await Task.Delay(Look, CancellationToken.None);
        }

        var description = JsonSerializer.Deserialize(await File.ReadAllTextAsync(file, cancellationToken), LaunchJson.Default.StackFile)!; // written as a whole
        return new LaunchedStack(launcher, printed, data, description);
    }

    /// <summary>Stops it and deletes its data.</summary>
    /// <exception cref="InvalidOperationException">It had ended by itself; the message has what it printed.</exception>
    public async ValueTask DisposeAsync()
    {
        var gaveUp = _launcher.HasExited;
        if (!gaveUp)
        {
            ProcessSignals.Send(_launcher.Id, UnixSignal.Terminate);
        }

        using var patience = new CancellationTokenSource(StopTime);
        await _launcher.WaitForExitAsync(patience.Token);
        _launcher.Dispose();
        Directory.Delete(DataFolder, recursive: true);
        if (gaveUp)
        {
            throw new InvalidOperationException($"The platform ended by itself:\n{TextOf(_printed)}");
        }
    }

    private static string TextOf(List<string> printed)
    {
        lock (printed)
        {
            return string.Join('\n', printed);
        }
    }

    private static string FileIn(string data) => Path.Combine(data, "run", "stack.json");

    private static Process Launch(string data, string[] hosts, IReadOnlyDictionary<string, string>? settings, Action<string> printed)
    {
        var launcher = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet", [typeof(LaunchedStack).Assembly.Location, "up", "--port", "0", "--data", data, "--no-demo", .. hosts])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        foreach (var (name, value) in settings ?? new Dictionary<string, string>())
        {
            launcher.StartInfo.Environment[name] = value;
        }

        launcher.OutputDataReceived += (_, line) => printed(line.Data ?? "");
        launcher.ErrorDataReceived += (_, line) => printed(line.Data ?? "");
        launcher.Start();
        launcher.BeginOutputReadLine();
        launcher.BeginErrorReadLine();
        return launcher;
    }
}
