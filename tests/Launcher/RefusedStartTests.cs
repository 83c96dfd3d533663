using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace RootCx.Tests.Launcher;

public sealed class RefusedStartTests : IDisposable
{
    private readonly TemporaryFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact(Timeout = 60_000)]
    public async Task A_taken_port_is_named_together_with_who_has_it()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        await using var launcher = LauncherProcess.Start(_data.Path, "--port", $"{port}");

        Assert.Equal(1, await launcher.ExitAsync());
        Assert.Contains($"Port {port} is taken", launcher.Output, StringComparison.Ordinal);
        Assert.Contains("--port", launcher.Output, StringComparison.Ordinal);
        if (OperatingSystem.IsLinux())
        {
            Assert.Contains($"(pid {Environment.ProcessId})", launcher.Output, StringComparison.Ordinal);
        }
    }

    [Theory(Timeout = 60_000)]
    [InlineData("seventy")]
    [InlineData("65536")]
    [InlineData("-1")]
    public async Task A_port_that_is_none_is_refused(string port)
    {
        await using var launcher = LauncherProcess.Start(_data.Path, $"--port={port}");

        Assert.Equal(1, await launcher.ExitAsync());
        Assert.Contains($"--port must be a number from 0 to 65535, not '{port}'", launcher.Output, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_folder_with_something_else_in_it_is_left_alone()
    {
        var precious = Path.Combine(_data.Path, "precious");
        await File.WriteAllTextAsync(precious, "mine", TestContext.Current.CancellationToken);

        await using var launcher = LauncherProcess.Start(_data.Path, "--port", "0");

        Assert.Equal(1, await launcher.ExitAsync());
        Assert.Contains("neither empty nor a data folder of ours", launcher.Output, StringComparison.Ordinal);
        Assert.Equal([precious], Directory.GetFileSystemEntries(_data.Path));
    }

    [Fact(Timeout = 60_000)]
    public async Task Data_of_another_PostgreSQL_is_refused_by_version()
    {
        Directory.CreateDirectory(Path.Combine(_data.Path, "run"));
        var cluster = Directory.CreateDirectory(Path.Combine(_data.Path, "postgres", "data")).FullName;
        await File.WriteAllTextAsync(Path.Combine(cluster, "PG_VERSION"), "9\n", TestContext.Current.CancellationToken);

        await using var launcher = LauncherProcess.Start(_data.Path, "--port", "0");

        Assert.Equal(1, await launcher.ExitAsync());
        Assert.Contains("belongs to PostgreSQL 9", launcher.Output, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_help_of_run_names_every_option_that_the_launcher_has()
    {
        await using var launcher = LauncherProcess.Start(_data.Path, "--help");
        Assert.Equal(0, await launcher.ExitAsync());
        using var run = Process.Start(new ProcessStartInfo(Path.Combine(RepositoryRoot(), "run"), ["--help"]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var help = await run.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await run.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, run.ExitCode);
        foreach (var option in launcher.Output.Split([' ', ',', '\n']).Where(word => word.StartsWith("--", StringComparison.Ordinal)))
        {
            Assert.Contains(option, help, StringComparison.Ordinal);
        }

        Assert.Contains("--port", help, StringComparison.Ordinal);
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "RootCx.Functions.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("the tests run outside of the repository");
        }

        return folder.FullName;
    }
}
