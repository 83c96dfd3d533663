using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Workers;

/// <summary>Workers that don't call <c>serve</c> but speak JSON lines on standard input and output themselves.</summary>
public sealed class RawWorkerTests(PlatformStack stack)
{
    private const string Echo = """
        const say = (message) => process.stdout.write(JSON.stringify(message) + "\n");
        for await (const line of console) {
          const message = JSON.parse(line);
          if (message.type === "discover") say({ type: "discover", methods: ["echo"] });
          if (message.type === "rpc" && message.method === "echo") say({ type: "rpc_response", id: message.id, result: { params: message.params, email: message.caller.email } });
          if (message.type === "rpc" && message.method === "fail") say({ type: "rpc_response", id: message.id, error: "as asked" });
          if (message.type === "shutdown") { say({ type: "log", level: "info", message: "bye" }); process.exit(0); }
        }
        """;

    [Fact]
    public async Task A_raw_worker_answers_and_is_told_to_end()
    {
        var app = await stack.Admin.DeployedAsync(Echo);

        var answer = await app.RpcAsync("echo", new JsonObject { ["n"] = 1 });
        Assert.Equal("""{"n":1}""", answer!["params"]!.ToJsonString());
        Assert.Equal(stack.Admin.User!["email"]!.GetValue<string>(), answer["email"]!.GetValue<string>());
        await app.AssertRpcFailsAsync("fail", "as asked");

        using var logs = await app.LogsAsync();
        using var stopped = await app.WorkerAsync("stop");
        await logs.WaitForAsync("info", "bye");
        Assert.Equal("stopped", await app.StatusAsync());
    }

    [Fact]
    public async Task A_worker_that_calls_serve_late_gets_the_calls_that_came_before()
    {
        var app = await stack.Admin.DeployedAsync("await Bun.sleep(2500); serve({ ping: () => 'pong' });");
        Assert.Equal("pong", (await app.RpcAsync("ping"))!.GetValue<string>());
    }

    [Fact]
    public async Task What_a_raw_worker_prints_is_a_message_or_a_line_of_its_log()
    {
        var app = await stack.Admin.DeployedAsync($$"""
            for (const line of [
              '{"type":"log","message":"without a level"}', ' {"type":"log","level":"debug","message":"of a level of its own"}', '',
              '{"type":"event","name":"bare"}', '{"type":"unknown"}', '{"type":"log"}', '{"type":', 'plain']) {
              process.stdout.write(line + "\n");
            }
            {{Echo}}
            """);
        using var logs = await LogTail.OpenAsync(app.Client, app.Id, query: "?tail=100");
        await logs.WaitForAsync("stdout", "plain");

        Assert.Equal(
            [
                ("info", "without a level"), ("debug", "of a level of its own"), ("event", "bare: {}"),
                ("stdout", """{"type":"unknown"}"""), ("stdout", """{"type":"log"}"""), ("stdout", """{"type":"""), ("stdout", "plain"),
            ],
            logs.Seen.Where(line => line.Level != "system").Select(line => (line.Level, line.Message)));
    }

    [Fact]
    public async Task A_raw_worker_may_answer_with_more_than_a_megabyte()
    {
        var app = await stack.Admin.DeployedAsync(Echo);
        var text = new string('x', 1_500_000);
        Assert.Equal(text, (await app.RpcAsync("echo", text))!["params"]!.GetValue<string>());
    }
}
