using System.Net;
using System.Runtime.Versioning;
using RootCx.Core.Processes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Infra;

/// <summary>What of the supervisor's image can be seen without Docker.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SupervisorImageTests(PlatformStack stack)
{
    [Fact(Timeout = 180_000)]
    public async Task It_starts_answers_keeps_its_keys_and_ends_when_it_is_told_to()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the image is one of Linux");
        await using var platform = await EmptyPlatform.CreateAsync(stack);
        await using var container = await SupervisorContainer.StartAsync(stack, platform);
        using var http = new HttpClient { BaseAddress = container.Address };
        await Eventually.TrueAsync(
            async () => await StatusAsync(http) == HttpStatusCode.OK, () => $"it never became healthy:\n{container.Said}", TimeSpan.FromSeconds(90));
        Assert.Equal(0, await container.CheckHealthAsync());

        // Workers are processes of the same user here, so whatever that user can read they can.
        Assert.Equal("", await container.AsWorkerAsync($"grep -al {container.Key} /proc/[0-9]*/environ 2>/dev/null"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(container.Work, "dotnet-diagnostic-*"));

        var exit = await container.StopAsync();
        Assert.True(exit.ExitCode == 0, $"it ended with {exit}:\n{container.Said}");
        Assert.NotEqual(0, await container.CheckHealthAsync());
    }

    [Fact]
    public async Task The_program_of_its_health_check_keeps_its_environment_to_itself()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "takes another user than root, and only root may become one");
        var folder = Directory.CreateTempSubdirectory("rootcx-unreadable-");
        await using var guardian = new ProcessGuardian();
        try
        {
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)Convert.ToInt32("755", 8));
            var program = Path.Combine(folder.FullName, "bash");
            File.Copy(UnixTools.Find("bash")!, program); // every Linux that we run on has it
            FileOwner.Give(program, new ProcessUser(0, Dockerfile.Read().HealthCheckGroup));
            File.SetUnixFileMode(program, (UnixFileMode)Convert.ToInt32("2755", 8)); // as the image has it
            var ready = new TaskCompletionSource();
            using var check = ChildProcess.Start(
                new ProcessStart(program, ["-c", "echo up; read -r _"])
                {
                    User = new ProcessUser(1654, 1654),
                    Environment = new Dictionary<string, string> { ["ROOTCX_MASTER_KEY"] = "key" },
                    KeepStandardInput = true,
                    WorkingDirectory = "/",
                    OnOutput = _ => ready.TrySetResult(),
                },
                guardian);
            await ready.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
            using var worker = ChildProcess.Start(new ProcessStart("/bin/cat", [$"/proc/{check.Id}/environ"]) { User = new ProcessUser(1654, 1654), WorkingDirectory = "/" }, guardian);
            Assert.NotEqual(0, (await worker.Exited).ExitCode);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<HttpStatusCode?> StatusAsync(HttpClient http)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri("/health", UriKind.Relative), TestContext.Current.CancellationToken);
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null; // it does not listen yet
        }
    }
}
