using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Rpc;

/// <summary>A call belongs to its caller's trace (W3C Trace Context), through queue, supervisor and handler, and so does what the handler asks the platform for.</summary>
public sealed class TraceTests(PlatformStack stack)
{
    // Without serve a worker sees its messages as they are.
    private const string Plain = """
        for await (const line of console) {
          const { type, id, traceparent, tracestate } = JSON.parse(line);
          const result = JSON.stringify({ traceparent, tracestate });
          if (type === "rpc") process.stdout.write(`{"type":"rpc_response","id":"${id}","result":${result}}\n`);
          if (type === "shutdown") process.exit(0);
        }
        """;

    private const string Passing = """
        serve({
          pass: async ({ appId }, caller) => {
            const answer = await fetch(`${process.env.ROOTCX_RUNTIME_URL}/api/v1/apps/${appId}/rpc`, {
              method: "POST",
              headers: { authorization: `Bearer ${caller.authToken}`, "content-type": "application/json" },
              body: JSON.stringify({ method: "any" }),
            });
            return await answer.json();
          },
        });
        """;

    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Parent = $"00-{TraceId}-00f067aa0ba902b7-01";

    [Fact]
    public async Task The_callers_trace_arrives_and_goes_on_with_what_the_handler_fetches()
    {
        var plain = await stack.Admin.DeployedAsync(Plain);
        var passing = await stack.Admin.DeployedAsync(Passing);

        var direct = await CallAsync(plain, "any", Parent, "vendor=a,other=b");
        var through = await CallAsync(passing, "pass", Parent, "vendor=a,other=b", new JsonObject { ["appId"] = plain.Id });

        foreach (var seen in new[] { direct, through })
        {
            var traceparent = seen["traceparent"]!.GetValue<string>();
            Assert.StartsWith($"00-{TraceId}-", traceparent, StringComparison.Ordinal);
            Assert.NotEqual(Parent, traceparent); // a part of the platform stands between
            Assert.Equal("vendor=a,other=b", seen["tracestate"]!.GetValue<string>());
        }

        Assert.NotEqual(direct["traceparent"]!.GetValue<string>(), through["traceparent"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01", "vendor=a")]
    [InlineData("rubbish", null)]
    public async Task Without_a_trace_that_is_one_a_new_one_begins(string? traceparent, string? tracestate)
    {
        var plain = await stack.Admin.DeployedAsync(Plain);
        var one = await CallAsync(plain, "any", traceparent, tracestate);
        var two = await CallAsync(plain, "any", traceparent, tracestate);

        Assert.Matches("^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$", one["traceparent"]!.GetValue<string>());
        Assert.NotEqual(one["traceparent"]!.GetValue<string>()[..35], two["traceparent"]!.GetValue<string>()[..35]);
    }

    private static async Task<JsonNode> CallAsync(App app, string method, string? traceparent, string? tracestate, JsonNode? parameters = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/apps/{app.Id}/rpc")
        {
            Content = JsonContent.Create(new JsonObject { ["method"] = method, ["params"] = parameters }),
        };
        if (traceparent is not null)
        {
            request.Headers.TryAddWithoutValidation("traceparent", traceparent);
        }

        if (tracestate is not null)
        {
            request.Headers.TryAddWithoutValidation("tracestate", tracestate);
        }

        using var answer = await app.Client.SendAsync(request);
        return await answer.JsonAsync(HttpStatusCode.OK);
    }
}
