using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using RootCx.Core.Processes;
using RootCx.SupervisorHost.Hosting;

namespace RootCx.SupervisorHost.Workers;

/// <summary>Starts Bun with a clean environment: what the page promises, and the least that programs need.</summary>
public sealed class WorkerLauncher(
    ProcessGuardian guardian, HostFolders folders, WorkerUsers users, IOptions<WorkerOptions> options, IOptions<RuntimeOptions> runtime)
{
    private const string SystemPath = "/usr/local/bin:/usr/bin:/bin";

    private readonly ConcurrentDictionary<ChildProcess, string> _running = new();

    /// <summary>Full path of Bun.</summary>
    /// <exception cref="InvalidOperationException">It is not there.</exception>
    public string BunPath { get; } = folders.Reachable(
        (Path.IsPathRooted(options.Value.BunPath) && File.Exists(options.Value.BunPath) ? options.Value.BunPath : UnixTools.Find(options.Value.BunPath))
        ?? throw new InvalidOperationException($"Bun was not found at '{options.Value.BunPath}': set Workers:BunPath, or put bun on the PATH."));

    /// <summary>Full path of the script that is loaded before user code.</summary>
    public string ShimPath { get; } = Path.Combine(
        folders.Reachable(Path.GetDirectoryName(Path.GetFullPath(options.Value.ShimPath))!), Path.GetFileName(options.Value.ShimPath)); // a file lies in a folder

    /// <summary>Whether a worker that has not ended was started from <paramref name="folder"/>, or from one below it.</summary>
    public bool Runs(string folder) => _running.Values.Any(running => (running + '/').StartsWith(folder + '/', StringComparison.Ordinal));

    /// <summary>Starts a worker.</summary>
    /// <param name="version">What to run.</param>
    /// <param name="temporary">Its own folder for temporary files, and for its socket.</param>
    /// <param name="output">Gets each line of standard output.</param>
    /// <param name="error">Gets each line of standard error.</param>
    public ChildProcess Start(AppVersion version, string temporary, Action<string> output, Action<string> error)
    {
        var worker = ChildProcess.Start(
            new ProcessStart(BunPath, ["--preload", ShimPath, version.EntryPoint])
            {
                WorkingDirectory = version.Folder,
                User = users.For(version.AppId),
                Environment = new Dictionary<string, string>
                {
                    ["ROOTCX_APP_ID"] = version.AppId,
                    ["ROOTCX_RUNTIME_URL"] = runtime.Value.Url,
                    ["PATH"] = $"{Path.GetDirectoryName(BunPath)}:{SystemPath}",
                    ["HOME"] = temporary,
                    ["TMPDIR"] = temporary,
                },
                OnOutput = output,
                OnError = error,
                KeepStandardInput = true,
                MaxLineLength = options.Value.MessageBytes, // for workers that answer on standard output
            },
            guardian);
        _running[worker] = version.Folder;
        _ = worker.Exited.ContinueWith(_ => _running.TryRemove(worker, out var _), TaskScheduler.Default);
        return worker;
    }
}
