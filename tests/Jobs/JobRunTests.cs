using System.Net;
using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Jobs;

public sealed class JobRunTests(PlatformStack stack)
{
    [Fact]
    public async Task A_job_that_returns_is_in_the_archive_and_nowhere_else()
    {
        var app = await stack.Admin.DeployedAsync("serve({ onJob: (payload) => ({ doubled: payload.n * 2 }) });");
        var id = await app.EnqueueAsync(new JsonObject { ["n"] = 21, ["text"] = "ü\n\u2028 \"" });

        var job = await app.JobBecomesAsync(id, "completed");
        Assert.Equal("""{"doubled":42}""", job["result"]!.ToJsonString());
        Assert.Null(job["error"]);
        Assert.Equal(1, job["attempts"]!.GetValue<int>());
        Assert.Equal(stack.Admin.User!["id"]!.GetValue<string>(), job["user_id"]!.GetValue<string>());
        Assert.True(job["enqueuedAt"]!.GetValue<DateTime>() <= job["startedAt"]!.GetValue<DateTime>().AddSeconds(1));
        Assert.True(job["startedAt"]!.GetValue<DateTime>() <= job["finishedAt"]!.GetValue<DateTime>().AddSeconds(1));

        Assert.Empty(await app.JobsAsync());
        var archived = Assert.Single(await app.JobsAsync("?archived=true"))!;
        Assert.Equal(
            ["app_id", "enqueued_at", "msg_id", "payload", "read_ct", "user_id"], archived.AsObject().Select(property => property.Key).Order(StringComparer.Ordinal));
        Assert.Equal(id, archived["msg_id"]!.GetValue<long>());
        Assert.Equal("ü\n\u2028 \"", archived["payload"]!["text"]!.GetValue<string>());
        Assert.Equal(1, archived["read_ct"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_job_that_throws_is_in_neither_list_but_among_the_failed()
    {
        var app = await stack.Admin.DeployedAsync("serve({ onJob: () => { throw new Error('as asked'); } });");
        using var logs = await app.LogsAsync();
        var id = await app.EnqueueAsync();

        var job = await app.JobBecomesAsync(id, "failed");
        Assert.Equal("as asked", job["error"]!.GetValue<string>());
        Assert.Empty(await app.JobsAsync());
        Assert.Empty(await app.JobsAsync("?archived=true"));
        Assert.Equal("as asked", Assert.Single(await app.JobsAsync("?state=failed"))!["error"]!.GetValue<string>());
        await logs.WaitForAsync("system", $"job {id} failed: as asked");
    }

    [Fact]
    public async Task Without_a_hook_jobs_complete()
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        var job = await app.JobBecomesAsync(await app.EnqueueAsync(), "completed");
        Assert.Equal("""{"ok":true}""", job["result"]!.ToJsonString());
    }

    [Fact]
    public async Task The_caller_is_who_enqueued_it_with_a_fresh_token()
    {
        var app = await stack.Admin.DeployedAsync("""
            serve({
              onJob: async (payload, caller) => {
                const me = caller && await (await fetch(`${process.env.ROOTCX_RUNTIME_URL}/api/v1/auth/me`, { headers: { authorization: `Bearer ${caller.authToken}` } })).json();
                return { caller: caller && { userId: caller.userId, email: caller.email }, me: me?.email ?? null, token: caller?.authToken ?? null };
              },
              enqueue: async () => (await fetch(`${process.env.ROOTCX_RUNTIME_URL}/api/v1/apps/${process.env.ROOTCX_APP_ID}/jobs`, {
                method: "POST", headers: { "content-type": "application/json" }, body: "{}" })).json(),
            });
            """);
        var users = app.As(stack.User);

        var result = (await users.JobBecomesAsync(await users.EnqueueAsync(), "completed"))["result"]!;
        Assert.Equal(stack.User.User!["id"]!.GetValue<string>(), result["caller"]!["userId"]!.GetValue<string>());
        Assert.Equal(stack.User.User["email"]!.GetValue<string>(), result["caller"]!["email"]!.GetValue<string>());
        Assert.Equal(stack.User.User["email"]!.GetValue<string>(), result["me"]!.GetValue<string>());
        Assert.NotEqual(stack.User.Token, result["token"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_job_that_the_worker_enqueues_in_its_own_name_has_no_caller()
    {
        var app = await stack.Admin.DeployedAsync("""
            serve({
              rpc: { enqueue: async () => (await fetch(`${process.env.ROOTCX_RUNTIME_URL}/api/v1/apps/${process.env.ROOTCX_APP_ID}/jobs`, {
                method: "POST", headers: { "content-type": "application/json" }, body: '{"payload":[1]}' })).json(),
                foreign: async ({ app }) => (await fetch(`${process.env.ROOTCX_RUNTIME_URL}/api/v1/apps/${app}/jobs`, {
                method: "POST", headers: { "content-type": "application/json" }, body: "{}" })).status,
              },
              onJob: (payload, caller) => [payload, caller],
            });
            """);
        var id = (await app.RpcAsync("enqueue"))!["msg_id"]!.GetValue<long>();
        var job = await app.JobBecomesAsync(id, "completed");
        Assert.Equal("[[1],null]", job["result"]!.ToJsonString());
        Assert.Null(job["user_id"]);

        var other = await stack.Admin.DeployedAsync("serve({});");
        Assert.Equal(403, (await app.RpcAsync("foreign", new JsonObject { ["app"] = other.Id }))!.GetValue<int>());
    }

    [Fact]
    public async Task A_job_whose_worker_is_killed_is_delivered_again_at_once()
    {
        var app = await stack.Admin.DeployedAsync("""
            import { existsSync, writeFileSync } from "node:fs";
            serve({ onJob: (payload, caller, ctx) => {
              if (ctx.attempt === 1) process.kill(process.pid, "SIGKILL");
              return ctx.attempt;
            } });
            """);
        var begun = TimeProvider.System.GetTimestamp();
        var id = await app.EnqueueAsync();

        var job = await app.JobBecomesAsync(id, "completed");
        Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(10), "it was delivered late");
        Assert.Equal((2, 2), (job["result"]!.GetValue<int>(), job["attempts"]!.GetValue<int>()));
        Assert.Equal(2, Assert.Single(await app.JobsAsync("?archived=true"))!["read_ct"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_job_that_kills_its_worker_each_time_fails_after_the_fifth_and_the_others_run()
    {
        var app = await stack.Admin.DeployedAsync("""
            serve({ onJob: (payload) => { if (payload.poison) process.exit(9); return "fine"; } });
            """);
        var poison = await app.EnqueueAsync(new JsonObject { ["poison"] = true });
        var fine = await app.EnqueueAsync(new JsonObject { ["poison"] = false });

        // The fifth crash is the end of the worker too, until somebody starts it.
        await Eventually.TrueAsync(async () => await app.StatusAsync() == "crashed", "it did not give up");
        var job = await app.JobBecomesAsync(poison, "failed");
        Assert.Equal("delivered 5 times without an answer: worker ended (exit code 9) before it answered", job["error"]!.GetValue<string>());
        Assert.Equal(5, job["attempts"]!.GetValue<int>());
        using var started = await app.WorkerAsync("start");
        await app.JobBecomesAsync(fine, "completed");
    }

    [Fact]
    public async Task A_job_of_a_stopped_worker_waits_for_it()
    {
        var app = await stack.Admin.DeployedAsync("serve({ onJob: () => 'done' });");
        using (var stopped = await app.WorkerAsync("stop"))
        {
            Assert.Equal(HttpStatusCode.OK, stopped.StatusCode);
        }

        var id = await app.EnqueueAsync();
        Assert.Equal("queued", (await app.JobAsync(id))["state"]!.GetValue<string>());
        Assert.Equal([id], await app.JobIdsAsync());
        using var started = await app.WorkerAsync("start");
        await app.JobBecomesAsync(id, "completed");
    }

    [Theory]
    [InlineData("stop", false)]
    [InlineData("stop", true)]
    [InlineData("redeploy", false)]
    public async Task A_job_that_is_interrupted_by_a_stop_is_told_so_and_runs_again_even_if_it_throws(string how, bool throws)
    {
        const string Source = """
            serve({ onJob: (payload, caller, ctx) => {
              if (ctx.attempt > 1) return ctx.attempt;
              log.info("running");
              return new Promise((resolve, reject) => ctx.signal.addEventListener("abort", () => { log.info(`told: ${ctx.signal.reason.message}`); if (payload.throws) reject(ctx.signal.reason); }));
            }, onShutdown: () => Bun.sleep(200) });
            """;
        var app = await stack.Admin.DeployedAsync(Source);
        using var logs = await app.LogsAsync();
        var id = await app.EnqueueAsync(new JsonObject { ["throws"] = throws });
        await logs.WaitForAsync("info", "running");
        await app.JobBecomesAsync(id, "running");

        if (how == "stop")
        {
            using var stopped = await app.WorkerAsync("stop");
            Assert.Equal("queued", (await app.JobAsync(id))["state"]!.GetValue<string>());
            using var started = await app.WorkerAsync("start");
        }
        else
        {
            await stack.Admin.DeployedAsync(Source, app.Id); // the old worker may finish what it has for as long as a call may take
            using var stopped = await app.WorkerAsync("stop");
            using var started = await app.WorkerAsync("start");
        }

        await logs.WaitForAsync("info", "told: the worker is stopping");
        Assert.Equal(2, (await app.JobBecomesAsync(id, "completed"))["result"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_raw_worker_runs_jobs_too()
    {
        var app = await stack.Admin.DeployedAsync("""
            for await (const line of console) {
              const { type, id, payload } = JSON.parse(line);
              if (type === "job") process.stdout.write(JSON.stringify({ type: "job_result", id, result: payload }) + "\n");
              if (type === "shutdown") process.exit(0);
            }
            """);
        var job = await app.JobBecomesAsync(await app.EnqueueAsync(new JsonArray(1, 2)), "completed");
        Assert.Equal("[1,2]", job["result"]!.ToJsonString());
    }

    [Fact]
    public async Task A_worker_can_not_answer_for_a_job_that_it_does_not_have()
    {
        var app = await stack.Admin.DeployedAsync("""
            for await (const line of console) {
              const { type, id, payload } = JSON.parse(line);
              const say = (answered) => process.stdout.write(JSON.stringify({ type: "job_result", id: answered, result: "forged" }) + "\n");
              if (type === "job") { say(payload.other); say(id); }
              if (type === "shutdown") process.exit(0);
            }
            """);
        var victim = await stack.Admin.DeployedAsync("serve({ onJob: async () => { log.info('running'); await Bun.sleep(500); return 'real'; } });");
        using var logs = await victim.LogsAsync();
        var other = await victim.EnqueueAsync();
        await logs.WaitForAsync("info", "running");

        await app.JobBecomesAsync(await app.EnqueueAsync(new JsonObject { ["other"] = $"{other}" }), "completed");
        Assert.Equal("real", (await victim.JobBecomesAsync(other, "completed"))["result"]!.GetValue<string>());
    }
}
