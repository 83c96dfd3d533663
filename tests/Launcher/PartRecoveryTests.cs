using System.Net;
using System.Net.Http.Json;
using System.Runtime.Versioning;
using RootCx.Core.Processes;
using RootCx.Local.Launcher;

namespace RootCx.Tests.Launcher;

[UnsupportedOSPlatform("windows")]
public sealed class PartRecoveryTests(RunningLauncher running) : IClassFixture<RunningLauncher>
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(10) };

    [Theory(Timeout = 90_000)]
    [InlineData("postgres")]
    [InlineData("azurite")]
    [InlineData("supervisor")]
    [InlineData("api")]
    public async Task A_killed_part_comes_back_and_the_others_stay(string name)
    {
        var before = running.Launcher.Stack;
        var killed = before.Children.Single(child => child.Name == name);

        ProcessSignals.Send(killed.Pid, UnixSignal.Kill);

        await LauncherProcess.EventuallyAsync(() => running.Launcher.Stack.Children.Single(child => child.Name == name).Pid != killed.Pid);
        await LauncherProcess.EventuallyAsync(() => CanSignInAsync(before).GetAwaiter().GetResult());
        Assert.Equal(before.Children.Where(child => child.Name != name), running.Launcher.Stack.Children.Where(child => child.Name != name));
        Assert.Contains("ended by signal SIGKILL; starting it again", running.Launcher.Output, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_second_launcher_on_the_same_folder_says_who_has_it()
    {
        await using var second = LauncherProcess.Start(running.Data, "--port", "0");

        Assert.Equal(1, await second.ExitAsync());
        Assert.Contains($"in use by another launcher (pid {running.Launcher.Id})", second.Output, StringComparison.Ordinal);
        Assert.True(await CanSignInAsync(running.Launcher.Stack));
    }

    [Theory]
    [InlineData("", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)]
    [InlineData("secrets.json", UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData("admin.json", UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData("run/stack.json", UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData("logs/api.log", UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    public void What_is_secret_is_its_owners_alone(string file, UnixFileMode mode) =>
        Assert.Equal(mode, File.GetUnixFileMode(Path.Combine(running.Data, file)));

    private static async Task<bool> CanSignInAsync(StackFile stack)
    {
        try
        {
            using var answer = await Http.PostAsJsonAsync(
                $"{stack.ApiUrl}/api/v1/auth/login", new { email = stack.AdminEmail, password = stack.AdminPassword }, TestContext.Current.CancellationToken);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
