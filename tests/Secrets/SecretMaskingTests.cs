using System.Net;
using RootCx.Tests.Jobs;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Secrets;

public sealed class SecretMaskingTests(PlatformStack stack)
{
    private const string Secret = "p4ss \"word\"\\";
    private const string Lines = "-----BEGIN KEY-----\nMIIEowIBAAKCAQEA\n-----END KEY-----";

    [Fact]
    public async Task No_line_of_the_log_has_a_secret_in_it()
    {
        var app = await stack.Admin.DeployedAsync("""
            let c, url;
            serve({ count: () => String(Object.keys(c).length), tell: () => {
              log.info(`as it is ${c.TOKEN} and ${c.OTHER}`);
              console.log("in an object", { token: c.OTHER, key: c.KEY });
              console.error("several", c.KEY);
              log.error(JSON.stringify({ token: c.TOKEN, inner: JSON.stringify({ token: c.TOKEN }) }));
              emit(`about ${c.OTHER}`, { token: c.TOKEN });
              process.stdout.write(`out ${c.OTHER}\n${c.KEY}\n`);
              process.stderr.write(`err ${c.OTHER}\n${c.KEY}\n`);
              log.warn(`database ${url}`);
              log.info(`short ${c.SHORT}`);
              log.info(`url ${encodeURIComponent(c.TOKEN)}`);
              log.info("that is all");
            } }, { onStart: (config) => { c = config.credentials; url = config.databaseUrl; } });
            """);
        await app.SetSecretAsync("TOKEN", Secret);
        await app.SetSecretAsync("OTHER", "tr0ub4dor");
        await app.SetSecretAsync("SHORT", "abc");
        await app.SetSecretAsync("KEY", Lines);
        await app.ReturnsAsync("count", "4");
        using var logs = await app.LogsAsync();
        await app.RpcAsync("tell");
        await logs.WaitForAsync("info", "as it is *** and ***");
        await logs.WaitForAsync("error", """{"token":"***","inner":"{\"token\":\"***\"}"}""");
        await logs.WaitForAsync("event", """about ***: {"token":"***"}""");
        await logs.WaitForAsync("info", "short abc");
        await logs.WaitForAsync("info", "url ***");
        await logs.WaitForAsync("info", "that is all");
        using var pause = new CancellationTokenSource(TimeSpan.FromSeconds(1)); // standard error takes its own way
        try
        {
            await foreach (var line in logs.RecordsAsync(pause.Token))
            {
                logs.Seen.Add(line);
            }
        }
        catch (OperationCanceledException)
        {
            // That was the pause.
        }

        Assert.Contains(logs.Seen, line => line is { Level: "stderr", Message: "err ***" });
        Assert.Contains(logs.Seen, line => line is { Level: "stdout", Message: "out ***" });
        Assert.Contains(logs.Seen, line => line.Message.StartsWith("database postgresql://", StringComparison.Ordinal) && line.Message.Contains(":***@", StringComparison.Ordinal));
        Assert.DoesNotContain(logs.Seen, line => line.Message.Contains("tr0ub", StringComparison.Ordinal) || line.Message.Contains("p4ss", StringComparison.Ordinal)
            || line.Message.Contains("MIIE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Errors_of_handlers_and_jobs_and_the_progress_of_jobs_have_no_secret_in_them_and_results_are_left_alone()
    {
        var app = await stack.Admin.DeployedAsync("""
            let token;
            serve({ token: () => token, fail: () => { throw new Error(`no entry for ${token}`); } }, {
              onStart: (config) => { token = config.credentials.TOKEN; },
              onJob: async (payload, caller, ctx) => { ctx.progress(0.5, `with ${token}`); await Bun.sleep(400); throw new Error(`no job for ${token}`); },
            });
            """);
        await app.SetSecretAsync("TOKEN", Secret);
        await app.ReturnsAsync("token", Secret);
        await app.AssertRpcFailsAsync("fail", "no entry for ***");
        using var logs = await app.LogsAsync();
        var job = await app.JobBecomesAsync(await app.EnqueueAsync(), "failed");
        Assert.Contains("no job for ***", job["error"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.DoesNotContain("p4ss", job.ToString(), StringComparison.Ordinal);
        await logs.WaitForAsync("event", "with ***");
        Assert.Contains("no job for ***", await logs.WaitForAsync("system", $"job {job["msg_id"]} failed"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_without_serve_is_masked_too()
    {
        var app = new App(stack.Admin, App.NewId());
        await stack.Admin.DeployedAsync("serve({});", app.Id);
        await app.SetSecretAsync("TOKEN", "tr0ub4dor");
        using var logs = await app.LogsAsync();
        await stack.Admin.DeployedAsync(
            """
            let token;
            for await (const line of console) {
              const message = JSON.parse(line);
              if (message.type === "discover") { token = message.credentials.TOKEN; console.log(`plain ${token}`); }
              if (message.type === "rpc") process.stdout.write(JSON.stringify({ type: "rpc_response", id: message.id, error: `no: ${token}` }) + "\n");
              if (message.type === "shutdown") process.exit(0);
            }
            """,
            app.Id);
        await logs.WaitForAsync("info", "plain ***");
        await app.AssertRpcFailsAsync("any", "no: ***");
    }

    [Fact]
    public async Task What_is_said_of_a_crash_or_a_failed_deployment_has_no_secret_in_it()
    {
        var app = await stack.Admin.DeployedAsync("""
            let token;
            serve({ token: () => token, crash: () => { console.error(`crashing with ${token}`); process.stderr.write(`and ${token}\n`); setTimeout(() => process.exit(9), 100); return new Promise(() => {}); } },
              { onStart: (config) => { token = config.credentials.TOKEN; } });
            """);
        await app.SetSecretAsync("TOKEN", "tr0ub4dor");
        await app.ReturnsAsync("token", "tr0ub4dor");
        using var logs = await app.LogsAsync();
        using (var crash = await app.SendRpcAsync("crash"))
        {
            Assert.Equal(HttpStatusCode.InternalServerError, crash.StatusCode);
        }

        Assert.Contains("crashing with ***", await logs.WaitForAsync("system", "worker crashed"), StringComparison.Ordinal);
        var detail = (await app.DetailAsync())["detail"]!;
        Assert.Contains("crashing with ***", detail["last_errors"]!.GetValue<string>(), StringComparison.Ordinal);

        using var refused = await stack.Admin.DeployAsync(
            app.Id, AppArchive.Of("""serve({}, { onStart: (config) => { console.error(`can't use ${config.credentials.TOKEN}`); process.exit(1); } });"""));
        var text = await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual(HttpStatusCode.OK, refused.StatusCode);
        Assert.Contains("can't use ***", text, StringComparison.Ordinal);
        Assert.DoesNotContain("tr0ub", text, StringComparison.Ordinal);
        Assert.DoesNotContain(logs.Seen, line => line.Message.Contains("tr0ub", StringComparison.Ordinal));
    }
}
