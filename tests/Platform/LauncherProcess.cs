using System.Diagnostics;

namespace RootCx.Tests.Platform;

/// <summary>Runs the launcher as it was built beside the tests.</summary>
internal static class LauncherProcess
{
    /// <summary>The repository's folder.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The launcher's assembly, of the same configuration as the tests.</summary>
    public static string Assembly { get; } = Path.Combine(
        Root, "local", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, new DirectoryInfo(AppContext.BaseDirectory).Name, "RootCx.Local.dll"); // bin/<configuration>/<framework>

    /// <summary>Starts it; each line it prints goes to <paramref name="printed"/>.</summary>
    public static Process Start(IEnumerable<string> arguments, Action<string> printed)
    {
        var process = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet", [Assembly, .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                RedirectStandardInput = true,
                UseShellExecute = false,
            },
        };
        process.StartInfo.Environment["ROOTCX_ROOT"] = Root;
        process.OutputDataReceived += (_, line) => Print(line.Data);
        process.ErrorDataReceived += (_, line) => Print(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;

        void Print(string? line)
        {
            if (line is not null)
            {
                printed(line);
            }
        }
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "RootCx.Functions.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests must run from inside the repository.");
        }

        return folder.FullName;
    }
}
