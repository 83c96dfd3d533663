using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using RootCx.Core.Processes;
using RootCx.Local.Launcher;

namespace RootCx.Tests.Launcher;

/// <summary>The launcher as a person starts it, in a process of its own.</summary>
internal sealed class LauncherProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Process _process;
    private readonly string _data;

    private LauncherProcess(string data, string[] arguments)
    {
        _data = data;
        _process = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet", [typeof(UpCommand).Assembly.Location, "up", "--data", data, .. arguments])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        _process.OutputDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Process id of the launcher itself.</summary>
    public int Id => _process.Id;

    /// <summary>What it printed so far.</summary>
    public string Output => string.Join('\n', _lines);

    /// <summary>What it says about the running stack now.</summary>
    public StackFile Stack => JsonSerializer.Deserialize<StackFile>(File.ReadAllText(Path.Combine(_data, "run", "stack.json")), Json)!; // written as a whole

    /// <summary>Starts one without the example app.</summary>
    public static LauncherProcess Start(string data, params string[] arguments) => new(data, [.. arguments, "--no-demo"]);

    /// <summary>Starts one on a free port and waits until everything is up.</summary>
    public static async Task<LauncherProcess> UpAsync(string data)
    {
        var launcher = Start(data, "--port", "0");
        await EventuallyAsync(() => launcher.IsUp() || launcher._process.HasExited);
        Assert.False(launcher._process.HasExited, launcher.Output);
        return launcher;
    }

    /// <summary>Waits for a condition; a failure shows the condition.</summary>
    public static async Task EventuallyAsync(Func<bool> condition, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(condition))] string? text = null)
    {
        for (var began = Stopwatch.GetTimestamp(); !condition();)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, $"never came true: {text}");
            await Task.Delay(Look, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Whether a process runs; one that has ended and waits to be reaped does not.</summary>
    public static bool IsAlive(int pid)
    {
        using var ps = Process.Start(new ProcessStartInfo("ps", ["-o", "stat=", "-p", $"{pid}"]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        return ps.StandardOutput.ReadToEnd().Trim() is { Length: > 0 } state && !state.StartsWith('Z');
    }

    /// <summary>Sends it a signal.</summary>
    public void Signal(UnixSignal signal) => ProcessSignals.Send(Id, signal);

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Signal(UnixSignal.Terminate);
            await _process.WaitForExitAsync().WaitAsync(Patience);
        }

        _process.Dispose();
    }

    // The file of a killed launcher is still there until the next one deletes it.
    private bool IsUp() => File.Exists(Path.Combine(_data, "run", "stack.json")) && Stack.LauncherPid == Id;
}
