using System.Collections.Concurrent;
using RootCx.Core.Processes;

namespace RootCx.Local.Launcher;

/// <summary>A program that is run to its end for what it does.</summary>
internal static class ShortCommand
{
    /// <summary>Runs it; a cancellation kills it.</summary>
    /// <returns>How it ended and what it wrote.</returns>
    public static async Task<(ProcessExit Exit, IReadOnlyList<string> Output)> RunAsync(ProcessStart start, ProcessGuardian guardian, CancellationToken cancellation)
    {
        var output = new ConcurrentQueue<string>();
        using var child = ChildProcess.Start(start with { OnOutput = output.Enqueue }, guardian);
        var exit = await child.Exited.WaitAsync(cancellation);
        return (exit, [.. output]);
    }
}
