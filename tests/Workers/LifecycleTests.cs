using System.Net;
using System.Text.Json.Nodes;
using Npgsql;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Workers;

public sealed class LifecycleTests(PlatformStack stack)
{
    [Fact]
    public async Task Each_app_runs_in_a_process_of_its_own_under_bun()
    {
        const string Source = "serve({ process: () => ({ pid: process.pid, bun: Bun.version, group: require('fs').readFileSync('/proc/self/stat', 'utf8').split(' ')[4] }) });";
        var one = (await (await stack.Admin.DeployedAsync(Source)).RpcAsync("process"))!;
        var two = (await (await stack.Admin.DeployedAsync(Source)).RpcAsync("process"))!;

        Assert.NotEqual(one["pid"]!.GetValue<int>(), two["pid"]!.GetValue<int>());
        Assert.NotEmpty(one["bun"]!.GetValue<string>());
        Assert.Equal(one["pid"]!.ToJsonString(), one["group"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_worker_is_stopped_and_started()
    {
        var app = await stack.Admin.DeployedAsync("serve({ ping: () => 'pong' });");

        using (var stopped = await app.WorkerAsync("stop"))
        {
            Assert.Equal($"worker '{app.Id}' stopped", (await stopped.JsonAsync(HttpStatusCode.OK))["message"]!.GetValue<string>());
        }

        Assert.Equal("stopped", await app.StatusAsync());
        using (var call = await app.SendRpcAsync("ping"))
        {
            await call.AssertErrorAsync(HttpStatusCode.InternalServerError, "worker error: worker not running");
            Assert.Equal(["not_running"], call.Headers.GetValues("X-RootCX-Error"));
        }

        using (var again = await app.WorkerAsync("stop"))
        {
            Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        }

        foreach (var attempt in new[] { "starts it", "finds it running" })
        {
            using var started = await app.WorkerAsync("start");
            Assert.True(started.StatusCode == HttpStatusCode.OK, attempt);
            Assert.Equal($"worker '{app.Id}' started", (await started.JsonAsync(HttpStatusCode.OK))["message"]!.GetValue<string>());
        }

        Assert.Equal("running", await app.StatusAsync());
        Assert.Equal("pong", (await app.RpcAsync("ping"))!.GetValue<string>());
    }

    [Fact]
    public async Task The_detail_tells_what_runs()
    {
        var app = await stack.Admin.DeployedAsync("""serve({ pid: () => process.pid, wait: () => { log.info("waiting"); return new Promise(() => {}); } });""");
        using var logs = await app.LogsAsync();
        var pid = await app.RpcAsync("pid");
        var waiting = app.SendRpcAsync("wait");
        await logs.WaitForAsync("info", "waiting");

        var status = await app.DetailAsync();
        Assert.Equal("running", status["status"]!.GetValue<string>());
        Assert.Null(status["error"]);
        var detail = status["detail"]!;
        Assert.True(JsonNode.DeepEquals(pid, detail["pid"]));
        Assert.Equal(1, detail["version"]!.GetValue<int>());
        Assert.Equal(0, detail["restarts"]!.GetValue<int>());
        Assert.Equal(1, detail["calls_in_flight"]!.GetValue<int>());
        Assert.True(detail["memory_bytes"]!.GetValue<long>() > 1_000_000);
        Assert.InRange(detail["started_at"]!.GetValue<DateTimeOffset>(), DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow);
        Assert.NotEmpty(detail["host"]!.GetValue<string>());

        using var stopped = await app.WorkerAsync("stop");
        using var waited = await waiting;
        await waited.AssertErrorAsync(HttpStatusCode.InternalServerError, "worker error: worker stopped");
    }

    [Theory]
    [InlineData("POST", "start")]
    [InlineData("POST", "stop")]
    [InlineData("GET", "status")]
    public async Task The_worker_of_an_unknown_app_is_not_found(string method, string action)
    {
        using var answer = await stack.Admin.SendAsync(new HttpRequestMessage(new HttpMethod(method), $"/api/v1/apps/no_such_app/worker/{action}"));
        await answer.AssertErrorAsync(HttpStatusCode.NotFound, "app 'no_such_app' not found");
    }

    [Fact]
    public async Task Administrators_see_all_workers()
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        var workers = await (await stack.Admin.GetAsync("/api/v1/workers")).JsonAsync(HttpStatusCode.OK);
        Assert.Equal("running", workers["workers"]![app.Id]!.GetValue<string>());
    }

    [Fact]
    public async Task OnStart_gets_the_four_keys_once_before_the_first_call()
    {
        var app = await stack.Admin.DeployedAsync("""
            const seen = [];
            serve({ seen: () => seen, url: () => process.env.ROOTCX_RUNTIME_URL }, { onStart: async (config) => { await Bun.sleep(50); seen.push({ ...config, keys: Object.keys(config).filter((k) => !["log", "emit", "collection", "sql"].includes(k)), frozen: Object.isFrozen(config) }); } });
            """);

        var seen = (await app.RpcAsync("seen"))!.AsArray();
        var config = Assert.Single(seen)!;
        Assert.Equal(["appId", "credentials", "databaseUrl", "runtimeUrl"], config["keys"]!.AsArray().Select(key => key!.GetValue<string>()).Order());
        Assert.Equal(app.Id, config["appId"]!.GetValue<string>());
        Assert.Equal("{}", config["credentials"]!.ToJsonString());
        Assert.StartsWith("http", config["runtimeUrl"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.True(JsonNode.DeepEquals(config["runtimeUrl"], await app.RpcAsync("url")));
        Assert.True(config["frozen"]!.GetValue<bool>());
    }

    [Fact]
    public async Task The_third_shape_of_serve_has_its_methods_under_rpc_and_its_hooks_beside_them()
    {
        var app = await stack.Admin.DeployedAsync("""
            serve({
              rpc: {
                ping: async (params, caller, ctx) => { ctx.log.info("from the context"); return [params.n, caller.email !== "", ctx.appId, Object.isFrozen(ctx)]; },
                fail: () => { throw new Error("as asked"); },
              },
              onStart: (ctx) => ctx.log.info(`started ${ctx.appId}`),
              onError: (error, method) => log.error(`${method}: ${error.message}`),
              onShutdown: () => log.info("gone"),
            });
            """);
        using var logs = await app.LogsAsync(after: 0);
        await logs.WaitForAsync("info", $"started {app.Id}");

        Assert.Equal($"[1,true,\"{app.Id}\",true]", (await app.RpcAsync("ping", new JsonObject { ["n"] = 1 }))!.ToJsonString());
        await logs.WaitForAsync("info", "from the context");
        await app.AssertRpcFailsAsync("fail", "as asked");
        await logs.WaitForAsync("error", "fail: as asked");
        await app.AssertRpcFailsAsync("onStart", "worker error: unknown method: onStart");

        using var stopped = await app.WorkerAsync("stop");
        await logs.WaitForAsync("info", "gone");
    }

    [Fact]
    public async Task The_database_url_opens_the_apps_own_schema_and_nothing_of_the_platform()
    {
        var app = await stack.Admin.DeployedAsync("""
            import { SQL } from "bun";
            let sql;
            serve({
              own: async () => { await sql`create table if not exists notes (text text)`; await sql`insert into notes values ('mine')`; return (await sql`select text from notes`)[0].text; },
              platform: async () => { try { await sql`select * from rootcx_system.users`; return "readable"; } catch (error) { return error.message; } },
            }, { onStart: (config) => { sql = new SQL(config.databaseUrl); } });
            """);

        Assert.Equal("mine", (await app.RpcAsync("own"))!.GetValue<string>());
        Assert.Contains("permission denied", (await app.RpcAsync("platform"))!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_environment_is_the_two_variables_and_the_least_that_programs_need()
    {
        var app = await stack.Admin.DeployedAsync("serve({ env: () => process.env, url: () => process.env.ROOTCX_RUNTIME_URL });");

        var environment = (await app.RpcAsync("env"))!.AsObject();
        Assert.Equal(["HOME", "PATH", "ROOTCX_APP_ID", "ROOTCX_RUNTIME_URL", "TMPDIR"], environment.Select(variable => variable.Key).Order());
        Assert.Equal(app.Id, environment["ROOTCX_APP_ID"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("redeploy")]
    public async Task OnShutdown_runs_before_the_process_goes(string how)
    {
        var app = await stack.Admin.DeployedAsync("""
            serve({}, { onShutdown: async () => { await Bun.sleep(100); log.info("cleaned up"); } });
            """);
        using var logs = await app.LogsAsync();

        if (how == "stop")
        {
            using var stopped = await app.WorkerAsync("stop");
            Assert.Equal(HttpStatusCode.OK, stopped.StatusCode);
        }
        else
        {
            await stack.Admin.DeployedAsync("serve({});", app.Id);
        }

        await logs.WaitForAsync("info", "cleaned up");
        await logs.WaitForAsync("system", "worker stopped");
    }

    [Fact]
    public async Task A_call_in_flight_fails_at_once_when_its_worker_crashes_and_the_next_one_finds_a_new_worker()
    {
        var app = await stack.Admin.DeployedAsync("""
            serve({ pid: () => process.pid, wait: () => { log.info("waiting"); return new Promise(() => {}); }, crash: () => process.kill(process.pid, "SIGKILL") });
            """);
        var pid = (await app.RpcAsync("pid"))!.GetValue<int>();
        using var logs = await app.LogsAsync();
        var waiting = app.SendRpcAsync("wait");
        await logs.WaitForAsync("info", "waiting");

        var begun = TimeProvider.System.GetTimestamp();
        using var crash = await app.SendRpcAsync("crash");
        using var waited = await waiting;
        foreach (var answer in new[] { crash, waited })
        {
            await answer.AssertErrorAsync(HttpStatusCode.InternalServerError, "worker error: worker ended (signal SIGKILL) before it answered");
            Assert.Equal(["worker_lost"], answer.Headers.GetValues("X-RootCX-Error"));
        }

        Assert.NotEqual(pid, (await app.RpcAsync("pid"))!.GetValue<int>());
        Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(20), "the call waited for its time limit");
        await logs.WaitForAsync("system", "worker crashed");
        await logs.WaitForAsync("system", "worker restarted");
        await Eventually.TrueAsync(async () => await app.StatusAsync() == "running", "it was not shown to be running");
    }

    [Fact]
    public async Task A_worker_that_takes_its_time_to_end_is_stopping_until_it_is_gone()
    {
        var app = await stack.Admin.DeployedAsync("""serve({}, { onShutdown: async () => { log.info("ending"); await Bun.sleep(3000); } });""");
        using var logs = await app.LogsAsync();
        var stopping = app.WorkerAsync("stop");
        await logs.WaitForAsync("info", "ending");
        Assert.Equal("stopping", await app.StatusAsync());

        using var stopped = await stopping;
        Assert.Equal(HttpStatusCode.OK, stopped.StatusCode);
        Assert.Equal("stopped", await app.StatusAsync());
        Assert.Equal(1, (await app.DetailAsync())["detail"]!["version"]!.GetValue<int>());
    }

    [Fact]
    public async Task Who_administers_an_app_starts_and_stops_its_worker_and_others_do_not()
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        var keeper = await stack.Anonymous().RegisteredAsync();
        using (var refused = await app.As(keeper).WorkerAsync("stop"))
        {
            await refused.AssertErrorAsync(HttpStatusCode.Forbidden, $"permission denied: app:{app.Id}:*");
        }

        await stack.GrantAsync(keeper, $"app:{app.Id}:*");

        using var stopped = await app.As(keeper).WorkerAsync("stop");
        Assert.Equal(HttpStatusCode.OK, stopped.StatusCode);
    }

    [Fact]
    public async Task An_app_without_code_has_a_worker_that_is_stopped_and_can_not_be_started_or_called()
    {
        var app = new App(stack.Admin, App.NewId());
        await using var database = NpgsqlDataSource.Create($"{stack.Own.Description.Postgres};Search Path=rootcx_system");
        await using (var install = database.CreateCommand("with app as (insert into apps (id) values ($1)) insert into workers (app_id) values ($1)"))
        {
            install.Parameters.AddWithValue(app.Id);
            await install.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal("stopped", await app.StatusAsync());
        await app.AssertRpcFailsAsync("ping", $"worker error: no worker for app '{app.Id}'");
        using var started = await app.WorkerAsync("start");
        await started.AssertErrorAsync(HttpStatusCode.InternalServerError, $"worker error: no entry point in app '{app.Id}': nothing was deployed");
    }
}
