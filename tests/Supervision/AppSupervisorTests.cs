using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using RootCx.Core.Auth;
using RootCx.Core.Channels;
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
        await app.StartAsync(parts.Version(app.AppId, "serve({});"), isAskedFor: true, () => true, TestContext.Current.CancellationToken);

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
        await app.StartAsync(parts.Version(app.AppId, "serve({});"), isAskedFor: true, () => true, TestContext.Current.CancellationToken);
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
        var app = await WaitingAsync(parts);
        var version = parts.Version(app.AppId, "serve({});");
        switch (how)
        {
            case "start":
                await app.StartAsync(version, isAskedFor: true, () => true, TestContext.Current.CancellationToken);
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
        await app.StartAsync(parts.Version(app.AppId, "serve({}, { onShutdown: () => new Promise(() => {}) });"), isAskedFor: true, () => true, TestContext.Current.CancellationToken);
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

    [Fact]
    public async Task A_call_waits_for_a_restart_until_its_own_deadline()
    {
        await using var parts = Parts();
        var app = await WaitingAsync(parts);

        var call = app.CallAsync(Request(app.AppId, TimeSpan.FromSeconds(1)), "{}"u8.ToArray(), TestContext.Current.CancellationToken);
        await AwaitedAsync(TimeSpan.FromSeconds(1));
        Assert.False(call.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await call);
        await app.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_call_that_waits_for_a_restart_fails_when_the_worker_is_stopped_instead()
    {
        await using var parts = Parts();
        var app = await WaitingAsync(parts);

        var call = app.CallAsync(Request(app.AppId, TimeSpan.FromSeconds(30)), "{}"u8.ToArray(), TestContext.Current.CancellationToken);
        await app.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(RpcErrors.WorkerNotRunning, await call);
    }

    [Fact]
    public async Task A_call_that_waits_for_a_restart_is_dropped_when_its_caller_leaves()
    {
        await using var parts = Parts();
        var app = await WaitingAsync(parts);
        using var leaving = new CancellationTokenSource();

        var call = app.CallAsync(Request(app.AppId, TimeSpan.FromSeconds(30)), "{}"u8.ToArray(), leaving.Token);
        Assert.False(call.IsCompleted);
        await leaving.CancelAsync();
        Assert.Null(await call);
        await app.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_caller_that_leaves_frees_its_place_while_the_handler_runs_on()
    {
        await using var parts = Parts();
        var app = parts.Get<AppSupervisors>().GetOrAdd(App.NewId());
        var version = parts.Version(app.AppId, """
            let begun = 0, ended = 0, end;
            const ends = new Promise((resolve) => (end = resolve));
            serve({
              wait: async () => { begun++; await ends; ended++; },
              count: () => `${begun} ${ended}`,
              end: async () => { end(); await Bun.sleep(0); return ended; },
            });
            """);
        await app.StartAsync(version, isAskedFor: true, () => true, TestContext.Current.CancellationToken);
        using var leaving = new CancellationTokenSource();

        var call = app.CallAsync(Request(app.AppId, TimeSpan.FromSeconds(30)), "{}"u8.ToArray(), leaving.Token);
        Assert.Equal("\"1 0\"", await ResultAsync("count"));
        Assert.Equal(1, app.Inspect("here").CallsInFlight);
        await leaving.CancelAsync();
        Assert.Null(await call);
        Assert.Equal(0, app.Inspect("here").CallsInFlight);
        Assert.Equal("1", await ResultAsync("end"));
        await app.StopAsync(TestContext.Current.CancellationToken);

        async Task<string> ResultAsync(string method) => Encoding.UTF8.GetString(
            (await app.CallAsync(Request(app.AppId, TimeSpan.FromSeconds(30)) with { Method = method }, "{}"u8.ToArray(), TestContext.Current.CancellationToken))!.Result.Span); // before its deadline
    }

    [Fact]
    public async Task A_call_beyond_the_bound_is_not_begun_and_a_caller_that_leaves_makes_room()
    {
        await using var parts = Parts();
        parts.Get<IOptions<WorkerOptions>>().Value.MostCalls = 2;
        var app = parts.Get<AppSupervisors>().GetOrAdd(App.NewId());
        var version = parts.Version(app.AppId, "let begun = 0; serve({ wait: () => new Promise(() => begun++), count: () => begun });");
        await app.StartAsync(version, isAskedFor: true, () => true, TestContext.Current.CancellationToken);
        using var leaving = new CancellationTokenSource();

        var staying = CallAsync("wait", TestContext.Current.CancellationToken);
        var call = CallAsync("wait", leaving.Token);
        Assert.Equal(RpcErrors.WorkerOverloaded, await CallAsync("wait", TestContext.Current.CancellationToken));
        await leaving.CancelAsync();
        Assert.Null(await call);
        Assert.Equal("2", Encoding.UTF8.GetString((await CallAsync("count", TestContext.Current.CancellationToken))!.Result.Span)); // before its deadline
        await app.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal("worker error: worker stopped", (await staying)!.Error); // before its deadline

        Task<RpcOutcome?> CallAsync(string method, CancellationToken abandoned) =>
            app.CallAsync(Request(app.AppId, TimeSpan.FromSeconds(30)) with { Method = method }, "{}"u8.ToArray(), abandoned);
    }

    [Fact]
    public async Task A_worker_that_does_not_become_ready_is_given_up_and_the_old_one_stays()
    {
        await using var parts = Parts();
        var app = parts.Get<AppSupervisors>().GetOrAdd(App.NewId());
        await app.StartAsync(parts.Version(app.AppId, "serve({});"), isAskedFor: true, () => true, TestContext.Current.CancellationToken);
        var pid = app.Inspect("here").Pid;

        var port = Ports.Free();
        var replacing = app.ReplaceAsync(
            parts.Version(app.AppId, $$"""
                serve({}, { onStart: async () => { await Bun.sleep(100); Bun.serve({ port: {{port}}, hostname: "127.0.0.1", fetch: () => new Response() }); for (;;); } });
                """),
            () => Task.CompletedTask,
            TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => IsListenedOn(port), "onStart did not begin");
        _clock.Advance(TimeSpan.FromSeconds(8)); // what one without serve would get
        await AwaitedAsync(TimeSpan.FromSeconds(37));
        Assert.False(replacing.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(37));

        Assert.Equal("worker did not become ready in time", await replacing);
        Assert.Equal((WorkerStatus.Running, pid), (app.Status.Status, app.Inspect("here").Pid));
        await app.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_process_that_can_not_be_made_is_not_tried_again()
    {
        await using var parts = Parts();
        var app = parts.Get<AppSupervisors>().GetOrAdd(App.NewId());
        await app.StartAsync(
            parts.Version(app.AppId, "serve({});") with { Folder = "/nowhere/to/be/found" }, isAskedFor: true, () => true, TestContext.Current.CancellationToken);

        Assert.Equal(WorkerStatus.Crashed, app.Status.Status);
        Assert.StartsWith("spawn failed: ", app.Status.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_that_was_overtaken_by_a_stop_does_nothing()
    {
        await using var parts = Parts();
        var app = parts.Get<AppSupervisors>().GetOrAdd(App.NewId());
        await app.ExpectStartAsync(crashes: null);
        Assert.Equal(WorkerStatus.Starting, app.Status.Status);
        await app.StopAsync(TestContext.Current.CancellationToken);

        await app.StartAsync(parts.Version(app.AppId, "serve({});"), isAskedFor: true, () => false, TestContext.Current.CancellationToken);
        Assert.Equal((WorkerStatus.Stopped, null), (app.Status.Status, app.Inspect("here").Pid));
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("abandon")]
    public async Task A_replaced_worker_that_still_finishes_a_call_ends_with_the_app(string how)
    {
        await using var parts = Parts();
        var app = parts.Get<AppSupervisors>().GetOrAdd(App.NewId());
        var version = parts.Version(app.AppId, "serve({ wait: () => new Promise(() => {}) });");
        await app.StartAsync(version, isAskedFor: true, () => true, TestContext.Current.CancellationToken);
        var pid = app.Inspect("here").Pid!.Value; // it runs
        var call = app.CallAsync(Request(app.AppId, TimeSpan.FromSeconds(30)), "{}"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Null(await app.ReplaceAsync(version with { Version = 2 }, () => Task.CompletedTask, TestContext.Current.CancellationToken));
        Assert.True(ProcessSignals.Send(pid, UnixSignal.None));

        if (how == "stop")
        {
            await app.StopAsync(TestContext.Current.CancellationToken);
            Assert.Equal("worker error: worker stopped", (await call)!.Error);
        }
        else
        {
            app.Abandon();
            Assert.Equal("worker error: worker ended (signal SIGKILL) before it answered", (await call)!.Error);
        }

        await Eventually.TrueAsync(() => !ProcessSignals.Send(pid, UnixSignal.None), "the old worker is still there");
    }

    [Fact]
    public async Task A_call_that_reaches_a_worker_just_after_it_was_replaced_is_not_taken()
    {
        await using var parts = Parts();
        var app = parts.Get<AppSupervisors>().GetOrAdd(App.NewId());
        var version = parts.Version(app.AppId, "serve({ wait: () => new Promise(() => {}) });");
        await app.StartAsync(version, isAskedFor: true, () => true, TestContext.Current.CancellationToken);
        var replaced = app.Taker!; // it runs
        var before = replaced.CallAsync("wait", "{}"u8.ToArray(), caller: null, trace: null, TestContext.Current.CancellationToken);
        Assert.Null(await app.ReplaceAsync(version with { Version = 2 }, () => Task.CompletedTask, TestContext.Current.CancellationToken));

        Assert.Null(await replaced.CallAsync("wait", "{}"u8.ToArray(), caller: null, trace: null, TestContext.Current.CancellationToken));
        Assert.False(before.IsCompleted);
        await app.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_workers_token_is_renewed_before_it_runs_out()
    {
        var port = Ports.Free();
        await using var parts = Parts(stack.Own.Description with { ApiUrl = $"http://127.0.0.1:{port}" });
        var app = parts.Get<AppSupervisors>().GetOrAdd(App.NewId());
        await app.StartAsync(
            parts.Version(app.AppId, $$"""
                Bun.serve({ port: {{port}}, hostname: "127.0.0.1", fetch: (request) => Response.json(request.headers.get("authorization")) });
                serve({ wait: async () => (await fetch(process.env.ROOTCX_RUNTIME_URL)).json() });
                """),
            isAskedFor: true,
            () => true,
            TestContext.Current.CancellationToken);

        var first = await TokenAsync();
        _clock.Advance(parts.Get<AccessTokens>().Lifetime / 2);
        await Eventually.TrueAsync(async () => await TokenAsync() != first, "the token stayed the same");
        Assert.StartsWith("\"Bearer ", first, StringComparison.Ordinal);
        await app.StopAsync(TestContext.Current.CancellationToken);

        async Task<string> TokenAsync() =>
            Encoding.UTF8.GetString((await app.CallAsync(Request(app.AppId, TimeSpan.FromSeconds(30)), "{}"u8.ToArray(), TestContext.Current.CancellationToken))!.Result.Span);
    }

    private RpcRequest Request(string appId, TimeSpan patience) => new(Guid.NewGuid(), appId, "wait", null, _clock.GetUtcNow() + patience, "nowhere");

    // In the two seconds after its second crash.
    private async Task<AppSupervisor> WaitingAsync(SupervisorParts parts)
    {
        var app = parts.Get<AppSupervisors>().GetOrAdd(App.NewId());
        await app.StartAsync(parts.Version(app.AppId, "serve({});"), isAskedFor: true, () => true, TestContext.Current.CancellationToken);
        await CrashAsync(app);
        await BecomesAsync(app, WorkerStatus.Running);
        await CrashAsync(app);
        await AwaitedAsync(TimeSpan.FromSeconds(2));
        return app;
    }

    private SupervisorParts Parts(StackFile? description = null) => new(description ?? stack.Own.Description, services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(_clock)));

    private static bool IsListenedOn(int port)
    {
        using var client = new TcpClient();
        try
        {
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task CrashAsync(AppSupervisor app)
    {
        var pid = app.Inspect("here").Pid!.Value; // it runs
        ProcessSignals.Send(pid, UnixSignal.Kill);
        await Eventually.TrueAsync(
            () => app.Inspect("here").Pid is var now && now != pid && (now is not null || app.Status.Status != WorkerStatus.Running), "the crash was not noticed");
    }

    private Task AwaitedAsync(TimeSpan ahead) => Eventually.TrueAsync(() => _clock.IsAwaited(ahead), $"nobody waits for {ahead}");

    private static Task BecomesAsync(AppSupervisor app, WorkerStatus status) =>
        Eventually.TrueAsync(() => app.Status.Status == status, $"it did not become {status.Name()}, it is {app.Status.Status.Name()}");
}
