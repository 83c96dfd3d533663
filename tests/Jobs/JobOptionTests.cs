using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Jobs;

/// <summary>What can be said of a job when it is enqueued.</summary>
public sealed class JobOptionTests(PlatformStack stack)
{
    [Fact]
    public async Task A_job_runs_when_its_time_comes()
    {
        var app = await stack.Admin.DeployedAsync("serve({ onJob: () => Date.now() });");
        var due = DateTimeOffset.UtcNow.AddSeconds(2);
        var at = await app.EnqueueAsync(options: ("runAt", due.ToString("O", CultureInfo.InvariantCulture)));
        var delayed = await app.EnqueueAsync(options: ("delaySeconds", 2));
        var past = await app.EnqueueAsync(options: ("runAt", "2020-01-01T00:00:00Z"));

        Assert.Equal("scheduled", (await app.JobAsync(at))["state"]!.GetValue<string>());
        Assert.Equal([delayed, at], await app.JobIdsAsync("?state=scheduled"));
        await app.JobBecomesAsync(past, "completed");
        foreach (var id in new[] { at, delayed })
        {
            var job = await app.JobBecomesAsync(id, "completed");
            Assert.InRange(job["result"]!.GetValue<long>(), due.ToUnixTimeMilliseconds(), due.ToUnixTimeMilliseconds() + 2000);
        }
    }

    [Fact]
    public async Task Of_two_jobs_that_wait_the_one_with_the_higher_priority_comes_first()
    {
        var app = await stack.Admin.DeployedAsync("const order = []; serve({ rpc: { order: () => order }, onJob: (payload) => { order.push(payload); } });");
        using (await app.WorkerAsync("stop"))
        {
        }

        foreach (var priority in new[] { 0, -100, 100, 1, 0 })
        {
            await app.EnqueueAsync(priority, ("priority", priority));
        }

        using (await app.WorkerAsync("start"))
        {
        }

        await Eventually.TrueAsync(async () => (await app.RpcAsync("order"))!.AsArray().Count == 5, "they did not all run");
        Assert.Equal("[100,1,0,0,-100]", (await app.RpcAsync("order"))!.ToJsonString());
    }

    [Fact]
    public async Task The_same_key_is_the_same_job_whatever_became_of_it_and_only_in_its_app()
    {
        var app = await stack.Admin.DeployedAsync("serve({ onJob: () => { throw new Error('no'); } });");
        var ids = await Task.WhenAll(Enumerable.Range(0, 10).Select(n => app.EnqueueAsync(n, ("idempotencyKey", "monthly"))));
        var id = Assert.Single(ids.Distinct());
        await app.JobBecomesAsync(id, "failed");
        Assert.Equal(id, await app.EnqueueAsync(options: ("idempotencyKey", "monthly")));
        Assert.NotEqual(id, await app.EnqueueAsync(options: ("idempotencyKey", "yearly")));

        var other = await stack.Admin.DeployedAsync("serve({});");
        Assert.NotEqual(id, await other.EnqueueAsync(options: ("idempotencyKey", "monthly")));
    }

    [Fact]
    public async Task A_job_with_attempts_left_is_tried_again_after_a_pause()
    {
        var app = await stack.Admin.DeployedAsync("let n = 0; serve({ onJob: () => { if (++n < 3) throw new Error(`no ${n}`); return n; } });");
        using var logs = await app.LogsAsync();
        var id = await app.EnqueueAsync(options: [("maxAttempts", 3), ("backoffSeconds", 1)]);

        await logs.WaitForAsync("system", $"job {id} failed (attempt 1 of 3) and is tried again at ");
        var job = await app.JobBecomesAsync(id, "completed");
        Assert.Equal((3, 3, 3), (job["result"]!.GetValue<int>(), job["attempts"]!.GetValue<int>(), job["maxAttempts"]!.GetValue<int>()));
    }

    [Fact]
    public async Task A_job_whose_time_is_over_fails_and_gives_up_its_place()
    {
        var app = await stack.Admin.DeployedAsync("""
            serve({ onJob: (payload, caller, ctx) => new Promise((resolve) => ctx.signal.addEventListener("abort", () => { log.info(`told: ${ctx.signal.reason.message}`); setTimeout(resolve, 300, "late"); })) });
            """);
        using var logs = await app.LogsAsync();
        var ids = new List<long>();
        for (var i = 0; i < 15; i++)
        {
            ids.Add(await app.EnqueueAsync(options: ("timeoutSeconds", 1))); // more than run at once
        }

        await logs.WaitForAsync("info", "told: the job's time is over");
        foreach (var id in ids)
        {
            Assert.Equal("job timed out after 1 s", (await app.JobBecomesAsync(id, "failed"))["error"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task A_batch_is_enqueued_in_its_order()
    {
        var app = await stack.Admin.DeployedAsync("serve({ onJob: (payload) => payload });");
        var jobs = new JsonArray([.. Enumerable.Range(0, 1000).Select(n => new JsonObject { ["payload"] = n })]);
        using var answer = await app.Client.PostAsync($"{app.JobsPath()}/batch", new JsonObject { ["jobs"] = jobs });
        var ids = (await answer.JsonAsync(HttpStatusCode.Created))["msg_ids"]!.AsArray().Select(id => id!.GetValue<long>()).ToList();

        Assert.Equal(1000, ids.Distinct().Count());
        foreach (var n in new[] { 0, 500, 999 })
        {
            Assert.Equal(n, (await app.JobBecomesAsync(ids[n], "completed"))["result"]!.GetValue<int>());
        }
    }

    [Fact]
    public async Task Keys_hold_within_a_batch_and_between_batches()
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        var first = await BatchAsync("a", "b", null, "a");
        var second = await BatchAsync("b", null, "c");

        Assert.Equal(first[0], first[3]);
        Assert.Equal(first[1], second[0]);
        Assert.Equal(5, first.Concat(second).Distinct().Count());
        Assert.Equal(4, (await BatchAsync(null, "d", null, null)).Distinct().Count()); // without a key nothing is the same

        async Task<List<long>> BatchAsync(params string?[] keys)
        {
            using var answer = await app.Client.PostAsync(
                $"{app.JobsPath()}/batch", new JsonObject { ["jobs"] = new JsonArray([.. keys.Select(key => new JsonObject { ["idempotencyKey"] = key })]) });
            return [.. (await answer.JsonAsync(HttpStatusCode.Created))["msg_ids"]!.AsArray().Select(id => id!.GetValue<long>())];
        }
    }

    [Fact]
    public async Task A_batch_with_something_wrong_in_it_enqueues_nothing()
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        using (await app.WorkerAsync("stop"))
        {
        }

        using var answer = await app.Client.PostAsync(
            $"{app.JobsPath()}/batch", new JsonObject { ["jobs"] = new JsonArray(new JsonObject(), new JsonObject { ["priority"] = 101 }) });
        await answer.AssertErrorAsync(HttpStatusCode.BadRequest, "jobs[1]: 'priority' must be a whole number from -100 to 100");
        Assert.Empty(await app.JobsAsync());
    }

    [Theory]
    [InlineData("""{"payload":1,"colour":"red"}""", "unknown field 'colour': expected payload, user_id, runAt, delaySeconds, priority, idempotencyKey, maxAttempts, backoffSeconds, timeoutSeconds")]
    [InlineData("""{"priority":1.5}""", "'priority' must be a whole number from -100 to 100")]
    [InlineData("""{"priority":-101}""", "'priority' must be a whole number from -100 to 100")]
    [InlineData("""{"delaySeconds":-1}""", "'delaySeconds' must be a whole number from 0 to 31536000")]
    [InlineData("""{"delaySeconds":1e99}""", "'delaySeconds' must be a whole number from 0 to 31536000")]
    [InlineData("""{"maxAttempts":0}""", "'maxAttempts' must be a whole number from 1 to 25")]
    [InlineData("""{"backoffSeconds":"5"}""", "'backoffSeconds' must be a whole number from 1 to 3600")]
    [InlineData("""{"timeoutSeconds":86401}""", "'timeoutSeconds' must be a whole number from 1 to 86400")]
    [InlineData("""{"runAt":"tomorrow"}""", "'runAt' must be a time like 2026-01-31T12:00:00Z, a year ahead at most")]
    [InlineData("""{"runAt":"9999-01-01T00:00:00Z"}""", "'runAt' must be a time like 2026-01-31T12:00:00Z, a year ahead at most")]
    [InlineData("""{"runAt":"2026-01-01T00:00:00Z","delaySeconds":1}""", "either 'runAt' or 'delaySeconds', not both")]
    [InlineData("""{"idempotencyKey":""}""", "'idempotencyKey' must have 1 to 256 characters")]
    [InlineData("""{"user_id":"me"}""", "invalid user_id")]
    public async Task Bad_options_are_refused_with_what_would_be_right(string body, string error)
    {
        var app = new App(stack.Admin, "no_such_app"); // what is wrong with the request comes first
        using var answer = await app.SendJobAsync(JsonNode.Parse(body)!);
        await answer.AssertErrorAsync(HttpStatusCode.BadRequest, error);
    }

    [Fact]
    public async Task A_payload_over_the_limit_is_refused()
    {
        var app = await stack.Admin.DeployedAsync("serve({ onJob: (payload) => payload.length });");
        Assert.Equal(1_048_574, (await app.JobBecomesAsync(await app.EnqueueAsync(new string('x', 1_048_574)), "completed"))["result"]!.GetValue<int>());
        using var answer = await app.SendJobAsync(new JsonObject { ["payload"] = new string('x', 1_048_575) });
        await answer.AssertErrorAsync(HttpStatusCode.RequestEntityTooLarge, "payload too large: at most 1048576 bytes");
    }

    [Fact]
    public async Task The_jobs_of_an_unknown_app_are_not_found()
    {
        var app = new App(stack.Admin, "no_such_app");
        using var one = await app.SendJobAsync(new JsonObject());
        await one.AssertErrorAsync(HttpStatusCode.NotFound, "app 'no_such_app' not found");
        using var keyed = await app.SendJobAsync(new JsonObject { ["idempotencyKey"] = "a" });
        await keyed.AssertErrorAsync(HttpStatusCode.NotFound, "app 'no_such_app' not found");
        using var list = await app.Client.GetAsync(app.JobsPath());
        await list.AssertErrorAsync(HttpStatusCode.NotFound, "app 'no_such_app' not found");
    }
}
