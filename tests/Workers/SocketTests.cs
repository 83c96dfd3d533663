using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Workers;

/// <summary>A worker that gets hold of the socket on which the shim speaks for it.</summary>
public sealed class SocketTests(PlatformStack stack)
{
    private const string Take = """
        import { closeSync, readdirSync, readlinkSync, writeSync } from "node:fs";
        const sockets = () => readdirSync("/proc/self/fd").map(Number).filter((fd) => { try { return readlinkSync(`/proc/self/fd/${fd}`).startsWith("socket:"); } catch { return false; } });
        const write = (text) => {
          const bytes = Buffer.from(text);
          for (const fd of sockets()) {
            for (let at = 0; at < bytes.length;) {
              try { at += writeSync(fd, bytes, at, Math.min(bytes.length - at, 65536)); } catch (error) { if (error.code !== "EAGAIN") break; }
            }
          }
        };

        """;

    [Fact]
    public async Task What_it_writes_there_is_checked_and_dropped()
    {
        var app = await stack.Admin.DeployedAsync(Take + """
            serve({
              forge: () => {
                write('{"type":"rpc_response","id":"999","result":"forged"}\n{"type":"job_result","id":"1","result":{}}\n\nnot json\n');
                write("x".repeat(17 << 20) + "\n");
                return process.pid;
              },
            });
            """);
        using var logs = await app.LogsAsync();

        var pid = await app.RpcAsync("forge");
        await logs.WaitForAsync("system", "malformed message from the worker dropped");
        await logs.WaitForAsync("system", "message over 16777216 bytes dropped");
        Assert.True(JsonNode.DeepEquals(pid, await app.RpcAsync("forge")));
    }

    [Fact]
    public async Task When_it_hangs_up_it_is_started_again()
    {
        var app = await stack.Admin.DeployedAsync(Take + "serve({ pid: () => process.pid, close: () => { sockets().forEach((fd) => closeSync(fd)); } });");
        var pid = await app.RpcAsync("pid");

        using var closed = await app.SendRpcAsync("close");
        await Eventually.TrueAsync(async () => !JsonNode.DeepEquals(pid, await app.RpcAsync("pid")), "it was not started again");
    }
}
