using System.Diagnostics;
using RootCx.Local.Launcher;

namespace RootCx.Tests.OpenApi;

/// <summary>Runs programs that come from npm.</summary>
internal static class NodeTool
{
    /// <summary>The folder with the packages.</summary>
    public static string Modules { get; } = Path.Combine(NodePackages.FindRepositoryRoot(), "node_modules");

    /// <summary>Runs a script of a package with Node.js, and expects it to succeed; returns what it printed.</summary>
    /// <param name="folder">Where it runs.</param>
    /// <param name="script">Below the packages' folder.</param>
    /// <param name="arguments">For it.</param>
    public static Task<string> RunAsync(string folder, string script, params string[] arguments) =>
        RunProgramAsync(folder, NodePackages.Node, [Path.Combine(Modules, script), .. arguments]);

    /// <summary>Runs a program, and expects it to succeed; returns what it printed.</summary>
    public static async Task<string> RunProgramAsync(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["REDOCLY_TELEMETRY"] = "off";
        start.Environment["REDOCLY_SUPPRESS_UPDATE_NOTICE"] = "true";
        start.Environment["NO_COLOR"] = "1";
        using var process = Process.Start(start)!; // it was not running before
        var cancellationToken = TestContext.Current.CancellationToken;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{await output}{await errors}");
        return await output;
    }
}
