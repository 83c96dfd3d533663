using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Workers;

/// <summary>Whatever a worker prints or sends, the platform goes on, and so does the worker where it can.</summary>
public sealed class UntrustedWorkerTests(PlatformStack stack)
{
    [Fact]
    public async Task Messages_forged_on_standard_output_are_log_lines()
    {
        var app = await stack.Admin.DeployedAsync("""
            serve({
              forge: async () => {
                for (let id = 0; id < 50; id++) for (const type of ["rpc_response", "job_result"]) process.stdout.write(JSON.stringify({ type, id: String(id), result: "forged" }) + "\n");
                await Bun.sleep(50);
                return "real";
              },
            });
            """);
        using var logs = await app.LogsAsync();

        Assert.Equal("real", (await app.RpcAsync("forge"))!.GetValue<string>());
        await logs.WaitForAsync("stdout", "\"forged\"");
    }

    [Theory]
    [InlineData("'x'.repeat(2 << 20) + '\\n'")]
    [InlineData("new Uint8Array([0xff, 0xfe, 0x00, 0x0a, 0xc3, 0x28, 0x0a])")]
    [InlineData("'{\"type\":\"shutdown\"}\\n{\"type\":\\n'")]
    public async Task Garbage_on_standard_output_does_no_harm(string garbage)
    {
        var app = await stack.Admin.DeployedAsync($$"""serve({ print: async () => { process.stdout.write({{garbage}}); await Bun.sleep(20); return process.pid; } });""");

        Assert.True(JsonNode.DeepEquals(await app.RpcAsync("print"), await app.RpcAsync("print")));
    }

    [Theory]
    [InlineData("info", "log.info(`line ${i}`)")]
    [InlineData("stdout", "process.stdout.write(`line ${i}\n`)")]
    public async Task A_flood_of_lines_stops_neither_the_worker_nor_its_calls_nor_the_lines_of_others(string level, string print)
    {
        var app = await stack.Admin.DeployedAsync($$"""
            serve({
              flood: () => { for (let i = 0; i < 200_000; i++) { {{print}}; } return "done"; },
              ping: () => "pong",
            });
            """);
        var other = await stack.Admin.DeployedAsync("serve({ say: () => { for (let i = 1; i <= 1000; i++) log.info(`line ${i}`); } });");
        using var othersLogs = await other.LogsAsync();
        using var logs = await app.LogsAsync();
        Assert.Equal("done", (await app.RpcAsync("flood"))!.GetValue<string>());
        Assert.Equal("pong", (await app.RpcAsync("ping"))!.GetValue<string>());
        await other.RpcAsync("say");
        await othersLogs.WaitForAsync("info", "line 1000");
        Assert.Equal(1000, othersLogs.Seen.Count(line => line.Level == "info"));

        // Each line is either there or counted as dropped.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        var (written, dropped) = (0, 0);
        await foreach (var line in logs.RecordsAsync(patience.Token))
        {
            written += line.Level == level ? 1 : 0;
            dropped += line is { Level: "system" } && line.Message.Split(' ') is ["...", var count, "messages", "dropped", "..."] ? int.Parse(count) : 0;
            if (written + dropped == 200_000)
            {
                break;
            }
        }

        Assert.InRange(written, 5_000, 100_000);
    }

    [Fact]
    public async Task Calls_that_a_worker_does_not_read_are_bounded()
    {
        var app = await stack.Admin.DeployedAsync("serve({ block: () => { log.info('blocking'); setTimeout(() => { for (;;); }, 50); return new Promise(() => {}); } });");
        using var logs = await app.LogsAsync();
        var blocked = app.SendRpcAsync("block");
        await logs.WaitForAsync("info", "blocking");

        // 40 times 1.9 MB are more than the 32 MiB that may wait, even if some are read before the worker blocks.
        var text = new string('x', 1_900_000);
        var calls = Enumerable.Range(0, 40).Select(_ => app.SendRpcAsync("block", text)).ToList();
        using var first = await await Task.WhenAny(calls);
        await first.AssertErrorAsync(
            System.Net.HttpStatusCode.ServiceUnavailable, "worker error: worker does not read its calls, and too many are waiting");
        Assert.Equal(["overloaded"], first.Headers.GetValues("X-RootCX-Error"));

        using var stopped = await app.WorkerAsync("stop");
        Assert.Equal(System.Net.HttpStatusCode.OK, stopped.StatusCode);
        using var lost = await blocked;
        await lost.AssertErrorAsync(System.Net.HttpStatusCode.InternalServerError, "worker error: worker stopped");
        await Task.WhenAll(calls);
    }

    [Fact]
    public async Task A_result_over_the_limit_is_an_error_and_the_worker_lives_on()
    {
        var app = await stack.Admin.DeployedAsync("serve({ huge: () => 'x'.repeat(20 << 20), pid: () => process.pid });");
        var pid = await app.RpcAsync("pid");

        using var answer = await app.SendRpcAsync("huge");
        await answer.AssertErrorContainsAsync(System.Net.HttpStatusCode.InternalServerError, "worker error: the result of 'huge' is ");
        Assert.Equal(["bad_result"], answer.Headers.GetValues("X-RootCX-Error"));
        Assert.True(JsonNode.DeepEquals(pid, await app.RpcAsync("pid")));
    }

    [Fact]
    public async Task A_worker_asks_the_platform_in_its_own_name_and_not_in_a_users()
    {
        var app = await stack.Admin.DeployedAsync("""
            serve({
              me: async () => { const res = await fetch(`${process.env.ROOTCX_RUNTIME_URL}/api/v1/auth/me`); return { status: res.status, body: await res.json() }; },
            });
            """);

        var answer = (await app.RpcAsync("me"))!;
        Assert.Equal(403, answer["status"]!.GetValue<int>());
        Assert.Equal($"the worker of app '{app.Id}' may not do this in its own name: send a user's token", answer["body"]!["error"]!.GetValue<string>());
    }

    [Fact]
    public async Task Under_root_an_app_has_a_user_of_its_own_and_reaches_neither_the_platform_nor_other_apps()
    {
        Assert.NotNull(stack.Own);
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only a supervisor that is root can run workers as somebody else");
        const string Source = """
            import { readFileSync, readdirSync } from "node:fs";
            const attempt = (read) => { try { read(); return "could"; } catch (error) { return error.code; } };
            serve({
              who: () => ({ uid: process.getuid(), gid: process.getgid(), groups: process.getgroups(), folder: process.cwd(), temporary: process.env.TMPDIR, pid: process.pid }),
              reach: ({ folders, pid }) => [
                attempt(() => readFileSync(`/proc/${process.ppid}/environ`)),
                attempt(() => readFileSync(`/proc/${pid}/environ`)),
                ...folders.map((folder) => attempt(() => readdirSync(folder))),
                attempt(() => process.kill(pid, 0)),
              ],
            });
            """;
        var one = await stack.Admin.DeployedAsync(Source);
        var two = await stack.Admin.DeployedAsync(Source);
        var first = (await one.RpcAsync("who"))!;
        var second = (await two.RpcAsync("who"))!;
        Assert.InRange(first["uid"]!.GetValue<int>(), 20_000, 59_999);
        Assert.Equal(first["uid"]!.GetValue<int>(), first["gid"]!.GetValue<int>());

        var reached = await one.RpcAsync("reach", new JsonObject
        {
            ["pid"] = second["pid"]!.DeepClone(),
            ["folders"] = new JsonArray(second["folder"]!.DeepClone(), second["temporary"]!.DeepClone(), stack.Own.DataFolder),
        });
        Assert.Equal("""["EACCES","EACCES","EACCES","EACCES","EACCES","EPERM"]""", reached!.ToJsonString());
    }

    [Fact]
    public async Task Nobody_else_can_speak_for_a_worker()
    {
        var app = await stack.Admin.DeployedAsync("""
            import { readdirSync } from "node:fs";
            serve({ sockets: () => readdirSync(process.env.TMPDIR).filter((name) => name.endsWith(".sock")) });
            """);
        Assert.Empty((await app.RpcAsync("sockets"))!.AsArray());
    }
}
