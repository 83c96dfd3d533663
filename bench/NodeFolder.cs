using System.Diagnostics;
using RootCx.Core.Processes;
using RootCx.Local.Launcher;

namespace RootCx.Bench;

/// <summary>A folder of the benchmarks with scripts for Node.js and a lock file of the packages that they use, a Node.js among them.</summary>
/// <param name="path">Below the benchmarks' folder.</param>
internal sealed class NodeFolder(params string[] path)
{
    private readonly string _folder = Path.Combine([NodePackages.FindRepositoryRoot(), "bench", .. path]);

    /// <summary>Starts a script; installs the packages first if that was never done.</summary>
    /// <exception cref="InvalidOperationException">They can't be installed.</exception>
    public async Task<Process> StartAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var modules = Path.Combine(_folder, "node_modules");
        if (!Directory.Exists(modules))
        {
            using var install = Start(UnixTools.Find("npm") ?? throw new LaunchException("npm is not on the PATH."), ["ci", "--ignore-scripts"]);
            await ReadAsync(install, cancellationToken);
        }

        // Of the Node.js packages, npm installs the one for this machine.
        return Start(Path.Combine(Directory.GetDirectories(modules, "node-*").Single(), "bin", "node"), arguments);
    }

    /// <summary>Waits until the process ends; returns what it printed.</summary>
    /// <exception cref="InvalidOperationException">It failed; its words are in the message.</exception>
    public static async Task<string> ReadAsync(Process process, CancellationToken cancellationToken)
    {
        await using var kill = cancellationToken.Register(() => process.Kill(entireProcessTree: true));
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{process.StartInfo.FileName} ended with {process.ExitCode}: {await errors}");
    }

    private Process Start(string program, string[] arguments) => Process.Start(new ProcessStartInfo(program, arguments)
    {
        WorkingDirectory = _folder,
        UseShellExecute = false,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!; // a new process, so there is one
}
