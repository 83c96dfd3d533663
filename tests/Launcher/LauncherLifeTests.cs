using RootCx.Core.Processes;

namespace RootCx.Tests.Launcher;

public sealed class LauncherLifeTests : IDisposable
{
    private readonly TemporaryFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact(Timeout = 180_000)]
    public async Task A_killed_launcher_leaves_nothing_and_the_next_one_starts_cleanly_and_stops_on_request()
    {
        await using var first = await LauncherProcess.UpAsync(_data.Path);
        var left = first.Stack;
        first.Signal(UnixSignal.Kill);
        await first.ExitAsync();
        await LauncherProcess.EventuallyAsync(() => !left.Children.Any(child => LauncherProcess.IsAlive(child.Pid)));

        await using var second = await LauncherProcess.UpAsync(_data.Path);
        var stack = second.Stack;
        Assert.Equal((left.AdminEmail, left.AdminPassword), (stack.AdminEmail, stack.AdminPassword));

        second.Signal(UnixSignal.Terminate);
        Assert.Equal(0, await second.ExitAsync());
        Assert.DoesNotContain(stack.Children, child => LauncherProcess.IsAlive(child.Pid));
        Assert.False(File.Exists(Path.Combine(_data.Path, "run", "stack.json")));
    }
}
