using System.Diagnostics;
using System.Globalization;

namespace RootCx.Tests.Platform;

/// <summary>A process that stands still until this is disposed of.</summary>
internal sealed class PausedProcess : IAsyncDisposable
{
    private readonly string _pids;

    private PausedProcess(string pids) => _pids = pids;

    /// <summary>Stops the process, and the processes that it started itself if need be.</summary>
    public static async Task<PausedProcess> PauseAsync(int pid, bool withChildren = false)
    {
        var paused = new PausedProcess(string.Create(CultureInfo.InvariantCulture, $"{pid}{(withChildren ? $" $(pgrep -P {pid})" : "")}"));
        await paused.SignalAsync("STOP");
        return paused;
    }

    public async ValueTask DisposeAsync() => await SignalAsync("CONT");

    // These signals have other numbers on each system.
    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("sh", ["-c", $"kill -{signal} {_pids}"]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }
}
