using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using RootCx.Core.Processes;
using RootCx.Core.Workers;
using RootCx.Local.Launcher;
using RootCx.SupervisorHost.Workers;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Supervision;

/// <summary>Real workers, with a clock that only the test moves.</summary>
public sealed class AppSupervisorTests(PlatformStack stack)
{
    private readonly ManualClock _clock = new();

    [Fact]
    public async Task Restarts_wait_0_2_4_and_8_seconds_to_the_moment_and_the_fifth_crash_is_the_last()
    {
        await using var parts = Parts();
        var app = parts.Get<AppSupervisors>().GetOrAdd(App.NewId());
        await app.StartAsync(parts.Version(app.AppId, "serve({});"), TestContext.Current.CancellationToken);

        foreach (var delay in new[] { 0, 2, 4, 8 })
        {
            await CrashAsync(app);
            if (delay > 0)
            {
                await AwaitedAsync(TimeSpan.FromSeconds(delay));
                _clock.Advance(TimeSpan.FromSeconds(delay) - TimeSpan.FromTicks(1));
                Assert.Equal((WorkerStatus.Starting, null), (app.Status.Status, app.Inspect("here").Pid));
                _clock.Advance(TimeSpan.FromTicks(1));
            }

            await BecomesAsync(app, WorkerStatus.Running);
        }

        await CrashAsync(app);
        await BecomesAsync(app, WorkerStatus.Crashed);
        Assert.Equal("worker ended (signal SIGKILL)", app.Status.Error);
        Assert.Equal(4, app.Inspect("here").Restarts);
    }

    [Fact]
    public async Task A_worker_that_ran_for_the_window_starts_again_at_once()
    {
        await using var parts = Parts();
        var app = parts.Get<AppSupervisors>().GetOrAdd(App.NewId());
        await app.StartAsync(parts.Version(app.AppId, "serve({});"), TestContext.Current.CancellationToken);
        await CrashAsync(app);
        await BecomesAsync(app, WorkerStatus.Running);

        for (var crash = 0; crash < 6; crash++)
        {
            _clock.Advance(TimeSpan.FromSeconds(60));
            await CrashAsync(app);
            await BecomesAsync(app, WorkerStatus.Running); // the clock stands still
        }

        await app.StopAsync(TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("start")]
    [InlineData("stop")]
    [InlineData("replace")]
    public async Task Whoever_starts_stops_or_replaces_a_worker_ends_its_wait(string how)
    {
        await using var parts = Parts();
        var app = parts.Get<AppSupervisors>().GetOrAdd(App.NewId());
        var version = parts.Version(app.AppId, "serve({});");
        await app.StartAsync(version, TestContext.Current.CancellationToken);
        await CrashAsync(app);
        await BecomesAsync(app, WorkerStatus.Running);
        await CrashAsync(app);
        await AwaitedAsync(TimeSpan.FromSeconds(2));

        switch (how)
        {
            case "start":
                await app.StartAsync(version, TestContext.Current.CancellationToken);
                break;
            case "stop":
                await app.StopAsync(TestContext.Current.CancellationToken);
                break;
            default:
                Assert.Null(await app.ReplaceAsync(version with { Version = 2 }, () => Task.CompletedTask, TestContext.Current.CancellationToken));
                break;
        }

        Assert.Equal(how == "stop" ? WorkerStatus.Stopped : WorkerStatus.Running, app.Status.Status);
        var pid = app.Inspect("here").Pid;
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(pid, app.Inspect("here").Pid);
        await app.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_worker_that_ignores_its_end_is_killed_when_the_grace_is_over()
    {
        await using var parts = Parts();
        var app = parts.Get<AppSupervisors>().GetOrAdd(App.NewId());
        await app.StartAsync(parts.Version(app.AppId, "serve({}, { onShutdown: () => new Promise(() => {}) });"), TestContext.Current.CancellationToken);
        var pid = app.Inspect("here").Pid!.Value; // it runs

        var stopping = app.StopAsync(TestContext.Current.CancellationToken);
        await AwaitedAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(WorkerStatus.Stopping, app.Status.Status);
        _clock.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        Assert.True(ProcessSignals.Send(pid, UnixSignal.None));
        _clock.Advance(TimeSpan.FromTicks(1));
        await stopping;
        Assert.Equal(WorkerStatus.Stopped, app.Status.Status);
    }

    private SupervisorParts Parts() => new(stack.Own.Description, services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(_clock)));

    private static async Task CrashAsync(AppSupervisor app)
    {
        var pid = app.Inspect("here").Pid!.Value; // it runs
        ProcessSignals.Send(pid, UnixSignal.Kill);
        await Eventually.TrueAsync(() => app.Inspect("here").Pid != pid, "the crash was not noticed");
    }

    private Task AwaitedAsync(TimeSpan ahead) => Eventually.TrueAsync(() => _clock.IsAwaited(ahead), $"nobody waits for {ahead}");

    private static Task BecomesAsync(AppSupervisor app, WorkerStatus status) =>
        Eventually.TrueAsync(() => app.Status.Status == status, $"it did not become {status.Name()}, it is {app.Status.Status.Name()}");
}
