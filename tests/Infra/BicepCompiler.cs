using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using RootCx.Core.Processes;

namespace RootCx.Tests.Infra;

/// <summary>The Bicep compiler: the package's, else the one on the PATH.</summary>
internal static class BicepCompiler
{
    private static readonly Lazy<string?> Program = new(Find);

    /// <summary>Compiles a file; the template, and what the compiler and its linter say.</summary>
    public static async Task<(JsonDocument? Template, string Said)> BuildAsync(string file)
    {
        var command = Path.GetExtension(file) == ".bicepparam" ? "build-params" : "build";
        var (output, error) = await RunAsync(command, file, "--stdout");
        return (output.StartsWith('{') ? JsonDocument.Parse(output) : null, error);
    }

    /// <summary>The file as the compiler would write it.</summary>
    public static async Task<string> FormatAsync(string file) => (await RunAsync("format", file, "--stdout", "--newline-kind", "LF", "--insert-final-newline")).Output;

    private static async Task<(string Output, string Error)> RunAsync(params string[] arguments)
    {
        Assert.SkipWhen(Program.Value is null, "the Bicep compiler is neither a package for this system nor on the PATH");
        using var process = Process.Start(new ProcessStartInfo(Program.Value!, arguments) // a skip does not return
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["AZURE_ENV_NAME"] = "demo", ["AZURE_LOCATION"] = "westeurope", ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1" },
        })!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (await output, await error);
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
