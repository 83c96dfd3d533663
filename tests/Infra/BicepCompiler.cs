using System.Diagnostics;
using System.Reflection;
using RootCx.Core.Processes;

namespace RootCx.Tests.Infra;

/// <summary>The Bicep compiler: the package's, else the one on the PATH.</summary>
internal static class BicepCompiler
{
    private static readonly Lazy<string?> Program = new(Find);

    /// <summary>Compiles all files of a folder, each to one beside it; returns what the compiler and its linter say.</summary>
    public static async Task<string> BuildAsync(string folder) =>
        await RunAsync(folder, "build", "--pattern", "**/*.bicep") + await RunAsync(folder, "build-params", "--pattern", "**/*.bicepparam");

    /// <summary>Writes all files of a folder as the compiler would write them.</summary>
    public static async Task FormatAsync(string folder) =>
        Assert.Equal("", await RunAsync(folder, "format", "--pattern", "**/*.bicep*", "--newline-kind", "LF", "--insert-final-newline"));

    private static async Task<string> RunAsync(string folder, params string[] arguments)
    {
        Assert.SkipWhen(Program.Value is null, "the Bicep compiler is neither a package for this system nor on the PATH");
        using var process = Process.Start(new ProcessStartInfo(Program.Value!, arguments) // a skip does not return
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["AZURE_ENV_NAME"] = "demo", ["AZURE_LOCATION"] = "westeurope", ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1" },
        })!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return await output + await error;
    }

    private static string? Find()
    {
        var package = typeof(BicepCompiler).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(attribute => attribute.Key == "Bicep")?.Value;
        if (package is null || !File.Exists(package))
        {
            return UnixTools.Find("bicep");
        }

        // Not every version of NuGet lets what it unpacks be run.
        if (!OperatingSystem.IsWindows() && !File.GetUnixFileMode(package).HasFlag(UnixFileMode.UserExecute))
        {
            File.SetUnixFileMode(package, File.GetUnixFileMode(package) | UnixFileMode.UserExecute);
        }

        return package;
    }
}
