using System.Net;
using System.Text.Json.Nodes;
using Npgsql;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Jobs;

/// <summary>Looking at jobs, taking them back, trying them anew, throwing them away; and who may.</summary>
public sealed class JobControlTests(PlatformStack stack)
{
    [Fact]
    public async Task A_job_that_waits_is_cancelled_and_tried_anew()
    {
        var app = await stack.Admin.DeployedAsync("serve({ onJob: () => 'ran' });");
        var id = await app.EnqueueAsync(options: ("delaySeconds", 3600));

        using (var cancelled = await app.JobActionAsync(id, "cancel"))
        {
            Assert.Equal($$"""{"msg_id":{{id}},"state":"cancelled"}""", (await cancelled.JsonAsync(HttpStatusCode.OK)).ToJsonString());
        }

        Assert.Equal("cancelled", (await app.JobAsync(id))["state"]!.GetValue<string>());
        Assert.Empty(await app.JobsAsync());
        using (var again = await app.JobActionAsync(id, "cancel"))
        {
            await again.AssertErrorAsync(HttpStatusCode.Conflict, $"job {id} can't be cancelled: it is cancelled");
        }

        using (var retried = await app.JobActionAsync(id, "retry"))
        {
            Assert.Equal($$"""{"msg_id":{{id}},"state":"queued"}""", (await retried.JsonAsync(HttpStatusCode.OK)).ToJsonString());
        }

        Assert.Equal("ran", (await app.JobBecomesAsync(id, "completed"))["result"]!.GetValue<string>());
        using var completed = await app.JobActionAsync(id, "retry");
        await completed.AssertErrorAsync(HttpStatusCode.Conflict, $"job {id} can't be retried: it is completed");
    }

    [Theory]
    [InlineData("throw new Error('stopped')", "cancelled", "stopped")]
    [InlineData("return 'anyway'", "completed", null)]
    [InlineData("process.exit(1)", "cancelled", "worker ended (exit code 1) before it answered")]
    public async Task A_job_that_runs_is_told_to_end_and_ends_as_it_likes(string reaction, string state, string? error)
    {
        var app = await stack.Admin.DeployedAsync($$"""
            serve({ onJob: async (payload, caller, ctx) => {
              log.info("running");
              await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
              log.info(`told: ${ctx.signal.reason.message}`);
              {{reaction}};
            } });
            """);
        using var logs = await app.LogsAsync();
        var id = await app.EnqueueAsync(options: ("maxAttempts", 5));
        await logs.WaitForAsync("info", "running");
        await app.JobBecomesAsync(id, "running");

        using (var cancelled = await app.JobActionAsync(id, "cancel"))
        {
            Assert.Equal("running", (await cancelled.JsonAsync(HttpStatusCode.OK))["state"]!.GetValue<string>());
        }

        await logs.WaitForAsync("info", "told: the job was cancelled");
        var job = await app.JobBecomesAsync(id, state);
        Assert.Equal(error, job["error"]?.GetValue<string>());
    }

    [Fact]
    public async Task Progress_is_shown_and_logged()
    {
        var app = await stack.Admin.DeployedAsync("""
            let end;
            serve({ rpc: { end: () => end() }, onJob: (payload, caller, ctx) => { ctx.progress(0.25, "a quarter"); return new Promise((resolve) => { end = resolve; }); } });
            """);
        using var logs = await app.LogsAsync();
        var id = await app.EnqueueAsync();

        Assert.Equal($$"""job_progress: {"msg_id":{{id}},"progress":0.25,"note":"a quarter"}""", await logs.WaitForAsync("event", "job_progress"));
        JsonNode job = new JsonObject();
        await Eventually.TrueAsync(async () => (job = await app.JobAsync(id))["progress"] is not null, "no progress was shown");
        Assert.Equal(("running", 0.25, "a quarter"), (job["state"]!.GetValue<string>(), job["progress"]!.GetValue<double>(), job["progressNote"]!.GetValue<string>()));
        await app.RpcAsync("end");
        Assert.Equal(0.25, (await app.JobBecomesAsync(id, "completed"))["progress"]!.GetValue<double>());
    }

    [Fact]
    public async Task Jobs_are_counted_by_state_and_thrown_away_by_state()
    {
        var app = await stack.Admin.DeployedAsync("serve({ onJob: (payload) => { if (payload.fail) throw new Error('no'); return payload.wait && new Promise(() => {}); } });");
        var failed = await app.EnqueueAsync(new JsonObject { ["fail"] = true });
        var completed = await app.EnqueueAsync(new JsonObject());
        var scheduled = await app.EnqueueAsync(options: ("delaySeconds", 600));
        var cancelled = await app.EnqueueAsync(options: ("delaySeconds", 600));
        using (await app.JobActionAsync(cancelled, "cancel"))
        {
        }

        await app.JobBecomesAsync(failed, "failed");
        await app.JobBecomesAsync(completed, "completed");
        var running = new List<long>();
        for (var i = 0; i < 12; i++)
        {
            running.Add(await app.EnqueueAsync(new JsonObject { ["wait"] = true })); // ten run at once
        }

        await Eventually.TrueAsync(async () => (await app.CountsAsync())["running"]!.GetValue<int>() == 10, "ten did not run");
        Assert.Equal("""{"queued":2,"scheduled":1,"running":10,"completed":1,"failed":1,"cancelled":1}""", (await app.CountsAsync()).ToJsonString());
        Assert.Equal(running.Take(10).Reverse(), await app.JobIdsAsync("?state=running"));
        Assert.Equal(running.Skip(10).Reverse(), await app.JobIdsAsync("?state=queued"));
        Assert.Equal([scheduled], await app.JobIdsAsync("?state=scheduled"));
        Assert.Equal([cancelled], await app.JobIdsAsync("?state=cancelled"));

        foreach (var (state, deleted) in new[] { ("completed", 1), ("failed", 1), ("cancelled", 1), ("failed", 0) })
        {
            using var purged = await app.Client.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"{app.JobsPath()}?state={state}"));
            Assert.Equal(deleted, (await purged.JsonAsync(HttpStatusCode.OK))["deleted"]!.GetValue<int>());
        }

        Assert.Equal("""{"queued":2,"scheduled":1,"running":10,"completed":0,"failed":0,"cancelled":0}""", (await app.CountsAsync()).ToJsonString());
        using var gone = await app.Client.GetAsync($"{app.JobsPath()}/{failed}");
        await gone.AssertErrorAsync(HttpStatusCode.NotFound, $"job {failed} not found");
    }

    [Fact]
    public async Task A_retry_is_no_longer_counted_as_failed()
    {
        var app = await stack.Admin.DeployedAsync("let n = 0; serve({ onJob: () => { if (n++ === 0) throw new Error('no'); } });");
        var id = await app.EnqueueAsync();
        await app.JobBecomesAsync(id, "failed");
        using (await app.JobActionAsync(id, "retry"))
        {
        }

        await app.JobBecomesAsync(id, "completed");
        var counts = await app.CountsAsync();
        Assert.Equal((0, 1), (counts["failed"]!.GetValue<int>(), counts["completed"]!.GetValue<int>()));
    }

    [Fact]
    public async Task Everybody_sees_and_controls_their_own_jobs_only()
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        var mine = app.As(await stack.Anonymous().RegisteredAsync());
        var others = app.As(await stack.Anonymous().RegisteredAsync());
        var id = await mine.EnqueueAsync(options: ("delaySeconds", 3600));

        Assert.Equal([id], await mine.JobIdsAsync());
        Assert.Equal([id], await app.JobIdsAsync());
        Assert.Empty(await others.JobIdsAsync());
        using (var detail = await others.Client.GetAsync($"{app.JobsPath()}/{id}"))
        {
            await detail.AssertErrorAsync(HttpStatusCode.NotFound, $"job {id} not found");
        }

        foreach (var action in new[] { "cancel", "retry" })
        {
            using var refused = await others.JobActionAsync(id, action);
            await refused.AssertErrorAsync(HttpStatusCode.NotFound, $"job {id} not found");
        }

        using (var counts = await mine.Client.GetAsync($"{app.JobsPath()}/counts"))
        {
            await counts.AssertErrorAsync(HttpStatusCode.Forbidden, $"permission denied: app:{app.Id}:jobs.read");
        }

        using (var cancelled = await mine.JobActionAsync(id, "cancel"))
        {
            Assert.Equal(HttpStatusCode.OK, cancelled.StatusCode);
        }

        using (var purged = await others.Client.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"{app.JobsPath()}?state=cancelled")))
        {
            Assert.Equal(0, (await purged.JsonAsync(HttpStatusCode.OK))["deleted"]!.GetValue<int>());
        }

        Assert.Equal([id], await mine.JobIdsAsync("?state=cancelled"));
    }

    [Fact]
    public async Task A_permission_lets_one_see_all_of_an_apps_jobs_but_not_change_them()
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        var id = await app.EnqueueAsync(options: ("delaySeconds", 3600));
        var reader = app.As(await stack.Anonymous().RegisteredAsync());
        await stack.GrantAsync(reader.Client, $"app:{app.Id}:jobs.read");

        Assert.Equal([id], await reader.JobIdsAsync());
        Assert.Equal(1, (await reader.CountsAsync())["scheduled"]!.GetValue<int>());
        using var refused = await reader.JobActionAsync(id, "cancel");
        await refused.AssertErrorAsync(HttpStatusCode.NotFound, $"job {id} not found");
    }

    [Fact]
    public async Task Only_administrators_enqueue_for_somebody_else()
    {
        var app = await stack.Admin.DeployedAsync("serve({ onJob: (payload, caller) => caller.email });");
        var userId = stack.User.User!["id"]!.GetValue<string>();
        var id = await app.EnqueueAsync(options: ("user_id", userId));
        Assert.Equal(stack.User.User["email"]!.GetValue<string>(), (await app.JobBecomesAsync(id, "completed"))["result"]!.GetValue<string>());

        var users = app.As(await stack.Anonymous().RegisteredAsync());
        using var refused = await users.SendJobAsync(new JsonObject { ["user_id"] = userId });
        await refused.AssertErrorAsync(HttpStatusCode.Forbidden, "admin access required");
        using var own = await users.SendJobAsync(new JsonObject { ["user_id"] = users.Client.User!["id"]!.DeepClone() });
        Assert.Equal(HttpStatusCode.Created, own.StatusCode);
    }

    [Fact]
    public async Task Lists_are_bounded_and_go_on_where_they_ended()
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        using (await app.WorkerAsync("stop"))
        {
        }

        var ids = new List<long>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add(await app.EnqueueAsync());
        }

        Assert.Equal([ids[4], ids[3]], await app.JobIdsAsync("?limit=2"));
        Assert.Equal([ids[2], ids[1]], await app.JobIdsAsync($"?limit=2&before={ids[3]}"));
    }

    [Theory]
    [InlineData("?limit=0", "limit must be a whole number from 1 to 1000")]
    [InlineData("?limit=-1", "limit must be a whole number from 1 to 1000")]
    [InlineData("?limit=1001", "limit must be a whole number from 1 to 1000")]
    [InlineData("?state=lost", "state must be one of queued, scheduled, running, completed, failed, cancelled, not 'lost'")]
    [InlineData("/abc", "a job's id must be a whole number")]
    public async Task What_can_not_be_listed_is_refused(string path, string error)
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        using var answer = await app.Client.GetAsync($"{app.JobsPath()}{path}");
        await answer.AssertErrorAsync(HttpStatusCode.BadRequest, error);
    }

    [Fact]
    public async Task The_job_of_another_app_is_not_found()
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        var other = await stack.Admin.DeployedAsync("serve({});");
        var id = await app.EnqueueAsync(options: ("delaySeconds", 3600));
        foreach (var send in new[] { () => other.Client.GetAsync($"{other.JobsPath()}/{id}"), () => other.JobActionAsync(id, "cancel"), () => other.JobActionAsync(id, "retry") })
        {
            using var answer = await send();
            await answer.AssertErrorAsync(HttpStatusCode.NotFound, $"job {id} not found");
        }
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("POST", "")]
    [InlineData("DELETE", "?state=failed")]
    [InlineData("POST", "/batch")]
    [InlineData("GET", "/counts")]
    [InlineData("GET", "/1")]
    [InlineData("POST", "/1/cancel")]
    [InlineData("POST", "/1/retry")]
    public async Task Nobody_is_let_in_without_a_token(string method, string path)
    {
        using var answer = await stack.Anonymous().SendAsync(new HttpRequestMessage(new HttpMethod(method), $"/api/v1/apps/some_app/jobs{path}"));
        await answer.AssertErrorAsync(HttpStatusCode.Unauthorized, "missing or invalid authorization header");
    }

    [Theory]
    [InlineData("")]
    [InlineData("?state=queued")]
    public async Task Only_what_has_ended_is_thrown_away(string query)
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        using var answer = await app.Client.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"{app.JobsPath()}{query}"));
        await answer.AssertErrorAsync(HttpStatusCode.BadRequest, "state must be completed, failed or cancelled");
    }

    [Fact]
    public async Task The_job_of_somebody_whose_account_is_gone_runs_without_a_caller()
    {
        var app = await stack.Admin.DeployedAsync("serve({ onJob: (payload, caller) => caller });");
        var gone = app.As(await stack.Anonymous().RegisteredAsync());
        var id = await gone.EnqueueAsync(options: ("delaySeconds", 2));
        await using var database = NpgsqlDataSource.Create($"{stack.Own.Description.Postgres};Search Path=rootcx_system");
        await using (var delete = database.CreateCommand("delete from users where id = $1"))
        {
            delete.Parameters.AddWithValue(Guid.Parse(gone.Client.User!["id"]!.GetValue<string>()));
            await delete.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        Assert.Null((await app.JobBecomesAsync(id, "completed"))["result"]);
    }
}
