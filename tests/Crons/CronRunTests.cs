using System.Globalization;
using System.Text.Json.Nodes;
using RootCx.Tests.Jobs;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Crons;

public sealed class CronRunTests(PlatformStack stack)
{
    [Fact]
    public async Task A_tick_reaches_onJob_with_the_crons_id_and_its_owner_as_caller()
    {
        var app = await stack.Admin.DeployedAsync("serve({ onJob: (payload, caller) => ({ payload, userId: caller.userId, email: caller.email, token: !!caller.authToken }) });");
        var owner = await stack.Anonymous().RegisteredAsync();
        await stack.GrantAsync(owner, $"app:{app.Id}:cron.write");
        var cron = await app.As(owner).CronAsync("1 seconds", ("payload", new JsonObject { ["what"] = "report", ["cron_id"] = "mine" }));

        var runs = await app.RunsBecomeAsync(cron, runs => runs.Count("completed") >= 3);

        var user = owner.User!;
        Assert.All(runs.Where(run => run["status"]!.GetValue<string>() == "completed"), run =>
        {
            Assert.Equal(
                ["runid", "jobPid", "status", "returnMessage", "startTime", "endTime", "dueAt", "trigger", "triggeredBy", "durationMs"],
                run.AsObject().Select(property => property.Key));
            var result = JsonNode.Parse(run["returnMessage"]!.GetValue<string>())!;
            Assert.Equal($$"""{"what":"report","cron_id":"{{cron["id"]}}"}""", result["payload"]!.ToJsonString());
            Assert.Equal(
                (user["id"]!.GetValue<string>(), user["email"]!.GetValue<string>(), true),
                (result["userId"]!.GetValue<string>(), result["email"]!.GetValue<string>(), result["token"]!.GetValue<bool>()));
            Assert.Equal(("schedule", null), (run["trigger"]!.GetValue<string>(), run["triggeredBy"]));
            Assert.True(run["startTime"]!.GetValue<DateTime>() >= run["dueAt"]!.GetValue<DateTime>());
            Assert.InRange(run["durationMs"]!.GetValue<double>(), 0, 10_000);
        });
        var dues = runs.ConvertAll(run => run["dueAt"]!.GetValue<DateTime>());
        Assert.All(dues.Zip(dues.Skip(1)), pair => Assert.Equal(TimeSpan.FromSeconds(1), pair.First - pair.Second));
        Assert.InRange(dues[^1] - cron["createdAt"]!.GetValue<DateTime>(), TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(1.1));
        Assert.Equal(runs[^1]["runid"]!.GetValue<long>(), (await app.JobAsync(runs[^1]["jobPid"]!.GetValue<long>()))["msg_id"]!.GetValue<long>());
        Assert.Equal(2, (await app.RunsAsync(cron, "?limit=2")).Count);
    }

    [Fact]
    public async Task With_skip_what_falls_due_during_a_run_does_not_run_and_is_recorded()
    {
        var app = await stack.Admin.DeployedAsync(Slow);
        var cron = await app.CronAsync("1 seconds");

        var runs = await app.RunsBecomeAsync(cron, runs => runs.Count("completed") >= 2 && runs.Count("skipped") >= 3);

        Assert.Equal(1, (await app.RpcAsync("most"))!.GetValue<int>());
        Assert.All(runs.Where(run => run["status"]!.GetValue<string>() == "skipped"), run =>
            Assert.Equal(("an earlier run had not ended", null, null), (run["returnMessage"]!.GetValue<string>(), run["jobPid"], run["startTime"])));
        var dues = runs.ConvertAll(run => run["dueAt"]!.GetValue<DateTime>());
        Assert.All(dues.Zip(dues.Skip(1)), pair => Assert.Equal(TimeSpan.FromSeconds(1), pair.First - pair.Second)); // nothing is missing
    }

    [Fact]
    public async Task With_queue_everything_that_falls_due_runs()
    {
        var app = await stack.Admin.DeployedAsync(Slow);
        var cron = await app.CronAsync("1 seconds", ("overlapPolicy", "queue"));

        var runs = await app.RunsBecomeAsync(cron, runs => runs.Count("completed") >= 3);

        Assert.True((await app.RpcAsync("most"))!.GetValue<int>() >= 2);
        Assert.Equal(runs.Count, runs.Count("completed") + runs.Count("running") + runs.Count("queued"));
        await app.ChangedAsync(cron, "enabled", false);
        await app.RunsBecomeAsync(cron, runs => runs.Count == runs.Count("completed"));
    }

    [Fact]
    public async Task A_pause_takes_back_what_was_planned_and_a_trigger_runs_all_the_same()
    {
        var app = await stack.Admin.DeployedAsync("serve({ onJob: (payload, caller) => ({ id: payload.cron_id, n: payload.n, userId: caller.userId }) });");
        var owner = await stack.Anonymous().RegisteredAsync();
        await stack.GrantAsync(owner, $"app:{app.Id}:cron.write");
        var cron = await app.As(owner).CronAsync("* * * * *", ("payload", new JsonObject { ["n"] = 1 }));
        var planned = await app.JobsAsync("?state=scheduled");
        Assert.InRange(planned.Count, 1, 3);
        Assert.All(planned, job => Assert.Equal(0, job!["runAt"]!.GetValue<DateTime>().Second));
        Assert.DoesNotContain(await app.JobsAsync(), job => planned.Any(one => one!["msg_id"]!.GetValue<long>() == job!["msg_id"]!.GetValue<long>())); // not in the queue yet

        await app.ChangedAsync(cron, "enabled", false);
        Assert.Empty(await app.JobsAsync("?state=scheduled"));

        var job = await app.JobBecomesAsync(await app.TriggeredAsync(cron), "completed");
        Assert.Equal($$"""{"id":"{{cron["id"]}}","n":1,"userId":"{{owner.User!["id"]}}"}""", job["result"]!.ToJsonString());
        var run = (await app.RunsAsync(cron)).First(run => run["jobPid"]!.GetValue<long>() == job["msg_id"]!.GetValue<long>());
        Assert.Equal(
            ("completed", "manual", stack.Admin.User!["id"]!.GetValue<string>()),
            (run["status"]!.GetValue<string>(), run["trigger"]!.GetValue<string>(), run["triggeredBy"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_trigger_does_not_mind_a_run_under_way_and_counts_as_one()
    {
        var app = await stack.Admin.DeployedAsync(Slow);
        var cron = await app.CronAsync("@yearly");
        await app.TriggeredAsync(cron);
        await app.TriggeredAsync(cron);
        await Eventually.TrueAsync(async () => (await app.RpcAsync("most"))!.GetValue<int>() == 2, "they did not run together");

        await app.ChangedAsync(cron, "schedule", "1 seconds");
        var runs = await app.RunsBecomeAsync(cron, runs => runs.Count("skipped") > 0);
        Assert.Equal("skipped", runs.Last(run => run["trigger"]!.GetValue<string>() == "schedule")["status"]!.GetValue<string>()); // the first one that fell due
    }

    [Fact]
    public async Task What_a_run_throws_is_its_return_message()
    {
        var app = await stack.Admin.DeployedAsync("serve({ onJob: () => { throw new Error('no ' + 'paper'.repeat(4000)); } });");
        var cron = await app.CronAsync("@yearly");
        await app.TriggeredAsync(cron);

        var run = Assert.Single(await app.RunsBecomeAsync(cron, runs => runs.Count("failed") == 1));
        Assert.StartsWith("no paperpaper", run["returnMessage"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(8192, run["returnMessage"]!.GetValue<string>().Length);
    }

    [Fact]
    public async Task A_cancelled_run_is_shown_as_such_and_a_deleted_crons_run_goes_on()
    {
        var app = await stack.Admin.DeployedAsync(Slow);
        var cron = await app.CronAsync("@yearly");
        await app.WorkerAsync("stop");
        var id = await app.TriggeredAsync(cron);
        Assert.Equal(("queued", id), (await app.RunsAsync(cron)).ConvertAll(run => (run["status"]!.GetValue<string>(), run["jobPid"]!.GetValue<long>())).Single());
        await app.Client.PostAsync($"{app.JobsPath()}/{id}/cancel");
        Assert.Equal("cancelled", Assert.Single(await app.RunsAsync(cron))["status"]!.GetValue<string>());

        var second = await app.TriggeredAsync(cron);
        await app.SendDeleteAsync(cron);
        await app.WorkerAsync("start");
        await app.JobBecomesAsync(second, "completed");
    }

    [Fact]
    public async Task While_the_worker_is_stopped_one_occurrence_waits_for_it()
    {
        var app = await stack.Admin.DeployedAsync("serve({ onJob: () => 1 });");
        await app.WorkerAsync("stop");
        var cron = await app.CronAsync("1 seconds");
        await Eventually.TrueAsync(async () => (await app.RunsAsync(cron)).Count >= 3, "nothing fell due");
        await app.ChangedAsync(cron, "enabled", false);
        await app.WorkerAsync("start");

        var runs = await app.RunsBecomeAsync(cron, runs => runs.Count("completed") == 1 && runs.Count("queued") == 0);
        Assert.Equal(runs.Count - 1, runs.Count("skipped"));
        Assert.Equal("completed", runs[0]["status"]!.GetValue<string>()); // the latest
    }

    private static readonly string Slow = string.Create(CultureInfo.InvariantCulture, $$"""
        let running = 0, most = 0;
        serve({ rpc: { most: () => most }, onJob: async () => { running++; most = Math.max(most, running); await Bun.sleep(2500); running--; } });
        """);
}
