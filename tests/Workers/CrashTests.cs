using System.Net;
using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Workers;

public sealed class CrashTests(PlatformStack stack)
{
    [Fact]
    public async Task A_worker_that_keeps_crashing_is_started_after_0_2_4_and_8_seconds_and_then_given_up_until_it_is_deployed_anew()
    {
        var app = await stack.Admin.DeployedAsync("""serve({ crash: () => { console.error("on purpose"); process.exit(3); }, ping: () => "pong" });""");
        using var logs = await app.LogsAsync();
        for (var crash = 1; crash <= 5; crash++)
        {
            // A status that is asked for does not shorten the wait; a call waits for the worker.
            Assert.Contains(await app.StatusAsync(), new[] { "starting", "running" });
            using var answer = await app.SendRpcAsync("crash");
            await answer.AssertErrorAsync(HttpStatusCode.InternalServerError, "worker error: worker ended (exit code 3) before it answered");
        }

        await logs.WaitForAsync("system", "crash loop (5 crashes in 60s), giving up");
        using (var call = await app.SendRpcAsync("ping"))
        {
            await call.AssertErrorAsync(HttpStatusCode.InternalServerError, "worker error: worker not running");
        }

        Assert.Equal("crashed", await app.StatusAsync());
        var detail = await app.DetailAsync();
        Assert.Equal("worker ended (exit code 3): on purpose", detail["error"]!.GetValue<string>());
        Assert.Equal("""[1,null,4,"exit code 3","on purpose"]""", new JsonArray(
            [.. new[] { "version", "pid", "restarts", "last_exit", "last_errors" }.Select(key => detail["detail"]![key]?.DeepClone())]).ToJsonString());
        var crashes = logs.Seen.Where(line => line.Message.StartsWith("worker crashed", StringComparison.Ordinal)).ToList();
        var restarts = logs.Seen.Where(line => line.Message.StartsWith("restarting worker", StringComparison.Ordinal)).ToList();
        Assert.Equal(["restarting worker (attempt 1)", "restarting worker (attempt 2)", "restarting worker (attempt 3)", "restarting worker (attempt 4)"], restarts.Select(line => line.Message));
        Assert.All(crashes, crash => Assert.Equal("worker crashed: worker ended (exit code 3): on purpose", crash.Message));
        foreach (var (gap, expected) in restarts.Zip(crashes, (restart, crash) => (restart.At - crash.At).TotalSeconds).Zip([0, 2, 4, 8]))
        {
            Assert.InRange(gap, expected - 0.1, expected + 3); // a timer and the clock may disagree by a little
        }

        await stack.Admin.DeployedAsync("serve({ ping: () => 'pong again' });", app.Id);
        Assert.Equal("pong again", (await app.RpcAsync("ping"))!.GetValue<string>());
        Assert.Equal("running", await app.StatusAsync());
    }

    [Fact]
    public async Task A_crashed_worker_is_revived_by_start()
    {
        var app = await stack.Admin.DeployedAsync("serve({ crash: () => process.exit(0), ping: () => 'pong' });");
        for (var crash = 1; crash <= 3; crash++)
        {
            using var answer = await app.SendRpcAsync("crash");
            await answer.AssertErrorContainsAsync(HttpStatusCode.InternalServerError, "exit code 0");
        }

        // It waits 4 s now; start does not.
        var begun = TimeProvider.System.GetTimestamp();
        using var started = await app.WorkerAsync("start");
        Assert.Equal(HttpStatusCode.OK, started.StatusCode);
        Assert.Equal("pong", (await app.RpcAsync("ping"))!.GetValue<string>());
        Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(4), "start waited for the restart");
    }

    [Fact]
    public async Task A_worker_over_its_memory_is_killed_and_started_again()
    {
        Assert.NotNull(stack.Own); // with its small limit
        var app = await stack.Admin.DeployedAsync("""
            const kept = [];
            serve({ eat: async () => { for (;;) { kept.push(Buffer.alloc(32 << 20, 1)); await Bun.sleep(20); } }, ping: () => "pong" });
            """);
        using var logs = await app.LogsAsync();

        using var answer = await app.SendRpcAsync("eat");
        await answer.AssertErrorAsync(HttpStatusCode.InternalServerError, "worker error: worker ended (signal SIGKILL) before it answered");
        await logs.WaitForAsync("system", $"more than the {PlatformStack.MemoryBytes} it may: killed");
        Assert.Equal("pong", (await app.RpcAsync("ping"))!.GetValue<string>());
    }

    [Fact]
    public async Task A_worker_that_removes_its_folder_is_started_again_like_any_other()
    {
        var app = await stack.Admin.DeployedAsync("""
            import { mkdirSync, rmSync } from "node:fs";
            serve({
              leave: () => {
                mkdirSync(`${process.env.TMPDIR}/locked`, { mode: 0o000 });
                try { rmSync(process.env.TMPDIR, { recursive: true, force: true }); } catch { /* it may only empty it where it has a user of its own */ }
                process.exit(1);
              },
              ping: () => "pong",
            });
            """);
        using var answer = await app.SendRpcAsync("leave");
        await answer.AssertErrorContainsAsync(HttpStatusCode.InternalServerError, "worker error: worker ended (exit code 1) before it answered");
        Assert.Equal("pong", (await app.RpcAsync("ping"))!.GetValue<string>());
    }

    [Fact]
    public async Task A_start_that_hangs_can_be_stopped()
    {
        var app = await stack.Admin.DeployedAsync("""
            import { existsSync, writeFileSync } from "node:fs";
            serve({}, { onStart: () => existsSync("started") ? new Promise(() => log.info("hanging")) : writeFileSync("started", "") });
            """);
        using (var stopped = await app.WorkerAsync("stop"))
        {
            Assert.Equal(HttpStatusCode.OK, stopped.StatusCode);
        }

        using var logs = await app.LogsAsync();
        var starting = app.WorkerAsync("start");
        await logs.WaitForAsync("info", "hanging");

        var begun = TimeProvider.System.GetTimestamp();
        using (var stopped = await app.WorkerAsync("stop"))
        {
            Assert.Equal(HttpStatusCode.OK, stopped.StatusCode);
        }

        Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(20), "stop waited for the start's time limit");
        using var started = await starting;
        await started.AssertErrorAsync(HttpStatusCode.InternalServerError, "worker error: the worker is stopped");
        Assert.Equal("stopped", await app.StatusAsync());
    }

    [Fact]
    public async Task A_worker_that_waits_to_be_started_again_is_starting_however_often_it_is_asked_after()
    {
        var app = await stack.Admin.DeployedAsync("serve({ crash: () => process.exit(1), ping: () => 'pong' });");
        using var logs = await app.LogsAsync();
        for (var crash = 1; crash <= 2; crash++)
        {
            using var answer = await app.SendRpcAsync("crash");
            await logs.WaitForAsync("system", "worker crashed");
        }

        JsonNode detail = new JsonObject();
        await Eventually.TrueAsync(
            async () => (detail = await app.DetailAsync())["status"]!.GetValue<string>() == "starting", "it was not shown to be starting"); // for two seconds
        Assert.Equal("""["starting","worker ended (exit code 1)",null,"exit code 1"]""", new JsonArray(
            [detail["status"]!.DeepClone(), detail["error"]!.DeepClone(), detail["detail"]!["pid"]?.DeepClone(), detail["detail"]!["last_exit"]!.DeepClone()]).ToJsonString());
        Assert.Equal("pong", (await app.RpcAsync("ping"))!.GetValue<string>());
    }
}
