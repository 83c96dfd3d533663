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

    [Fact]
    public async Task Text_that_the_database_does_not_take_is_cleaned()
    {
        var app = await stack.Admin.DeployedAsync("""
            serve({ onJob: (payload, caller, ctx) => { ctx.progress(0.5, "a\0b"); if (payload === "throw") throw new Error("a\0b"); } });
            """);
        var thrown = await app.EnqueueAsync("throw");
        var fine = await app.EnqueueAsync("fine");

        Assert.Equal("a\uFFFDb", (await app.JobBecomesAsync(thrown, "failed"))["error"]!.GetValue<string>());
        Assert.Equal("a\uFFFDb", (await app.JobBecomesAsync(fine, "completed"))["progressNote"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_result_that_the_database_does_not_take_stops_no_other()
    {
        var app = await stack.Admin.DeployedAsync("""
            for await (const line of console) {
              const { type, id, payload } = JSON.parse(line);
              const result = payload === "deep" ? "[".repeat(90_000) + "]".repeat(90_000) : '"fine"';
              if (type === "job") process.stdout.write(`{"type":"job_result","id":"${id}","result":${result}}\n`);
              if (type === "shutdown") process.exit(0);
            }
            """);
        using var answer = await app.Client.PostAsync(
            $"{app.JobsPath()}/batch", new JsonObject { ["jobs"] = new JsonArray([.. new[] { "fine", "deep", "fine" }.Select(payload => new JsonObject { ["payload"] = payload })]) });
        var ids = (await answer.JsonAsync(HttpStatusCode.Created))["msg_ids"]!.AsArray().Select(id => id!.GetValue<long>()).ToList();

        var deep = await app.JobBecomesAsync(ids[1], "completed");
        Assert.Equal((null, "the result could not be stored"), (deep["result"], deep["error"]!.GetValue<string>()));
        Assert.Equal("fine", (await app.JobBecomesAsync(ids[0], "completed"))["result"]!.GetValue<string>());
        Assert.Equal("fine", (await app.JobBecomesAsync(ids[2], "completed"))["result"]!.GetValue<string>());
    }

    [Fact]
    public async Task Half_a_surrogate_pair_is_passed_on_as_it_is()
    {
        var app = await stack.Admin.DeployedAsync("""serve({ onJob: (payload) => payload.text.slice(0, 1) });""");
        using var answer = await app.Client.PostAsync(
            app.JobsPath(), new StringContent("""{"payload":{"text":"\ud83d\ude00","half":"\ud83d"}}""", System.Text.Encoding.UTF8, "application/json"));
        var id = (await answer.JsonAsync(HttpStatusCode.Created))["msg_id"]!.GetValue<long>();
        await app.JobBecomesAsync(id, "completed");

        using var list = await app.Client.GetAsync($"{app.JobsPath()}?state=completed");
        var text = await list.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains(""""half":"\ud83d"""", text, StringComparison.Ordinal);
        Assert.Contains(""""result":"\ud83d"""", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Jobs_that_were_lost_with_a_poisonous_one_run_all_the_same()
    {
        var app = await stack.Admin.DeployedAsync("""
            serve({ onJob: async (payload) => { await Bun.sleep(20); if (payload === "poison") process.exit(9); return "fine"; } });
            """);
        using var answer = await app.Client.PostAsync(
            $"{app.JobsPath()}/batch", new JsonObject { ["jobs"] = new JsonArray([.. new[] { "poison", "fine", "fine", "fine" }.Select(payload => new JsonObject { ["payload"] = payload })]) });
        var ids = (await answer.JsonAsync(HttpStatusCode.Created))["msg_ids"]!.AsArray().Select(id => id!.GetValue<long>()).ToList();

        await Eventually.TrueAsync(async () => await app.StatusAsync() == "crashed", "it did not give up");
        await app.JobBecomesAsync(ids[0], "failed");
        using var started = await app.WorkerAsync("start");
        foreach (var id in ids.Skip(1))
        {
            await app.JobBecomesAsync(id, "completed");
        }
    }

    [Fact]
    public async Task A_job_that_blocks_its_worker_takes_no_other_with_it()
    {
        var app = await stack.Admin.DeployedAsync("serve({ onJob: (payload) => { if (payload === 'block') for (;;); return 'fine'; } });");
        using var logs = await app.LogsAsync();
        var block = await app.EnqueueAsync("block", ("timeoutSeconds", 1));
        await app.JobBecomesAsync(block, "running");
        var fine = await Task.WhenAll(Enumerable.Range(0, 15).Select(_ => app.EnqueueAsync("fine", ("timeoutSeconds", 1))));

        await logs.WaitForAsync("system", $"worker does not react: killed, because job {block} does not end");
        Assert.Equal("job timed out after 1 s", (await app.JobBecomesAsync(block, "failed"))["error"]!.GetValue<string>());
        foreach (var id in fine)
        {
            await app.JobBecomesAsync(id, "completed");
        }
    }

    [Fact]
    public async Task What_comes_late_of_one_delivery_does_not_count_for_the_next()
    {
        var app = await stack.Admin.DeployedAsync("""
            serve({ onJob: async (payload, caller, ctx) => {
              if (ctx.attempt === 1) { await Bun.sleep(3500); return "late"; }
              log.info("second");
              await Bun.sleep(500);
              return "in time";
            } });
            """);
        var id = await app.EnqueueAsync(options: [("timeoutSeconds", 1), ("maxAttempts", 3), ("backoffSeconds", 1)]);
        Assert.Equal("in time", (await app.JobBecomesAsync(id, "completed"))["result"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_job_that_takes_longer_than_a_lease_runs_once()
    {
        var app = await stack.Admin.DeployedAsync("serve({ onJob: async () => { await Bun.sleep(12_000); return 'done'; } });");
        Assert.Equal(1, (await app.JobBecomesAsync(await app.EnqueueAsync(), "completed"))["attempts"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_job_that_nobody_announced_is_found()
    {
        var app = await stack.Admin.DeployedAsync("serve({ onJob: () => 'found' });");
        await using var database = Npgsql.NpgsqlDataSource.Create($"{stack.Own.Description.Postgres};Search Path=rootcx_system");
        await using var insert = database.CreateCommand("insert into jobs (app_id, payload) values ($1, '{}') returning id");
        insert.Parameters.AddWithValue(app.Id);
        var id = (long)(await insert.ExecuteScalarAsync(TestContext.Current.CancellationToken))!; // it returns one
        await app.JobBecomesAsync(id, "completed");
    }
}
