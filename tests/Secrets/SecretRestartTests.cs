using System.Net;
using RootCx.Tests.Jobs;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Secrets;

public sealed class SecretRestartTests(PlatformStack stack)
{
    private const string Slow = """
        let token;
        serve(
          { token: async () => { await Bun.sleep(30); return token; }, wait: async () => { log.info("waiting"); await Bun.sleep(1500); return token; } },
          { onStart: (config) => { token = config.credentials.TOKEN ?? "none"; } },
        );
        """;

    [Fact]
    public async Task A_change_takes_effect_without_losing_a_call()
    {
        var app = await stack.Admin.DeployedAsync(Slow);
        using var logs = await app.LogsAsync();
        var beforehand = app.RpcAsync("wait");
        await logs.WaitForAsync("info", "waiting");

        // Four callers that do not pause; each goes on until it has seen the last value.
        var callers = Enumerable.Range(0, 4).Select(_ => new List<string>()).ToList();
        await Task.WhenAll(callers.Select(CallAsync));
        var changing = Task.Run(async () =>
        {
            for (var value = 1; value <= 3; value++)
            {
                Assert.Equal(1, (await app.SetSecretAsync("TOKEN", $"value {value}"))["workers_restarted"]!.GetValue<int>());
                await Task.Delay(150, TestContext.Current.CancellationToken);
            }
        }, TestContext.Current.CancellationToken);
        var calling = callers.Select(seen => Task.Run(async () =>
        {
            var begun = TimeProvider.System.GetTimestamp();
            while (seen[^1] != "value 3")
            {
                Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(30), $"the last value never came: {string.Join(", ", seen.Distinct())}");
                await CallAsync(seen);
            }

            Assert.Equal("none", seen[0]);
        }, TestContext.Current.CancellationToken));
        await Task.WhenAll([.. calling, changing]);
        Assert.Equal("none", (await beforehand)!.GetValue<string>());
        await logs.WaitForAsync("system", "restarting worker: its secrets have changed");
        await logs.WaitForAsync("system", "worker restarted");
        await logs.WaitForAsync("system", "worker stopped");
        Assert.Equal(0, (await app.DetailAsync())["detail"]!["restarts"]!.GetValue<int>());

        async Task CallAsync(List<string> seen) => seen.Add((await app.RpcAsync("token"))!.GetValue<string>()); // fails unless it is 200
    }

    [Fact]
    public async Task A_worker_that_does_not_come_up_with_the_change_leaves_the_old_one_and_a_next_change_mends_it()
    {
        var app = await stack.Admin.DeployedAsync("""
            let token;
            serve({ token: () => token }, { onStart: (config) => {
              token = config.credentials.TOKEN ?? "none";
              if (token.startsWith("bad")) { console.error(`refused: ${token}`); process.exit(3); }
            } });
            """);
        using var logs = await app.LogsAsync();
        await app.SetSecretAsync("TOKEN", "bad-password-1");
        var said = await logs.WaitForAsync("system", "restart failed, the worker goes on with the secrets it has");
        Assert.Contains("exit code 3", said, StringComparison.Ordinal);
        Assert.Contains("refused: ***", said, StringComparison.Ordinal);
        Assert.Equal("none", (await app.RpcAsync("token"))!.GetValue<string>());
        Assert.Equal("running", await app.StatusAsync());

        await app.SetSecretAsync("TOKEN", "good");
        await app.ReturnsAsync("token", "good");
    }

    [Fact]
    public async Task A_worker_that_crashed_for_want_of_a_secret_starts_when_it_is_set()
    {
        var app = await stack.Admin.DeployedAsync("""
            let token;
            serve({ token: () => token, crash: () => process.exit(1) }, { onStart: ({ credentials }) => {
              token = credentials.TOKEN;
              if (credentials.STRICT && !token) process.exit(4);
            } });
            """);
        await app.SetSecretAsync("STRICT", "1");
        using (var crash = await app.SendRpcAsync("crash"))
        {
            Assert.Equal(HttpStatusCode.InternalServerError, crash.StatusCode);
        }

        await Eventually.TrueAsync(async () => await app.StatusAsync() == "crashed", "it did not give up", TimeSpan.FromSeconds(60));
        Assert.Equal(1, (await app.SetSecretAsync("TOKEN", "here it is"))["workers_restarted"]!.GetValue<int>());
        await Eventually.TrueAsync(async () => await app.StatusAsync() == "running", "it was not started");
        await app.ReturnsAsync("token", "here it is");
    }

    [Fact]
    public async Task A_stopped_worker_stays_stopped_and_has_the_change_when_it_is_started()
    {
        var app = await stack.Admin.DeployedAsync(Slow);
        using (var stopped = await app.WorkerAsync("stop"))
        {
            Assert.Equal(HttpStatusCode.OK, stopped.StatusCode);
        }

        Assert.Equal(0, (await app.SetSecretAsync("TOKEN", "later"))["workers_restarted"]!.GetValue<int>());
        await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken); // longer than supervisors look anyway
        Assert.Equal("stopped", await app.StatusAsync());
        using var started = await app.WorkerAsync("start");
        Assert.Equal(HttpStatusCode.OK, started.StatusCode);
        Assert.Equal("later", (await app.RpcAsync("token"))!.GetValue<string>());
    }

    [Fact]
    public async Task A_stop_ends_a_restart_that_is_under_way()
    {
        var app = await stack.Admin.DeployedAsync("""
            serve({}, { onStart: async (config) => { if (config.credentials.TOKEN) { log.info("taking its time"); await Bun.sleep(4000); } } });
            """);
        using var logs = await app.LogsAsync();
        await app.SetSecretAsync("TOKEN", "slow");
        await logs.WaitForAsync("info", "taking its time");
        using var stopped = await app.WorkerAsync("stop");
        Assert.Equal(HttpStatusCode.OK, stopped.StatusCode);
        await Task.Delay(TimeSpan.FromSeconds(6), TestContext.Current.CancellationToken); // longer than the new worker would have taken
        Assert.Equal("stopped", await app.StatusAsync());
    }

    [Fact]
    public async Task A_change_while_a_deployment_starts_reaches_the_version_that_was_deployed()
    {
        var app = await stack.Admin.DeployedAsync("""serve({ told: () => "1" });""");
        using var logs = await app.LogsAsync();
        var deploying = stack.Admin.DeployedAsync(
            """
            let token;
            serve({ told: () => `2 ${token}` }, { onStart: async (config) => { token = config.credentials.TOKEN ?? "none"; log.info(`second ${token === "none"}`); await Bun.sleep(1500); } });
            """,
            app.Id);
        await logs.WaitForAsync("info", "second true"); // it has the secrets as they were
        await app.SetSecretAsync("TOKEN", "changed");
        await deploying;
        await app.ReturnsAsync("told", "2 changed");
        Assert.Equal(2, (await app.DetailAsync())["detail"]!["version"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_job_that_runs_during_a_change_ends_in_the_worker_that_had_it()
    {
        var app = await stack.Admin.DeployedAsync("""
            let token;
            serve({ token: () => token }, {
              onStart: (config) => { token = config.credentials.TOKEN ?? "none"; },
              onJob: async () => { log.info("job runs"); await Bun.sleep(2000); return token; },
            });
            """);
        using var logs = await app.LogsAsync();
        var job = await app.EnqueueAsync();
        await logs.WaitForAsync("info", "job runs");
        await app.SetSecretAsync("TOKEN", "new one");
        await app.ReturnsAsync("token", "new one");
        var ended = await app.JobBecomesAsync(job, "completed");
        Assert.Equal("none", ended["result"]!.GetValue<string>());
    }
}
