using System.Net;
using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Rpc;

public sealed class HandlerTests(PlatformStack stack)
{
    [Fact]
    public async Task A_handler_is_called_by_its_name_and_its_value_is_the_body()
    {
        var app = await stack.Admin.DeployedAsync("""serve({ greet: async (params) => ({ message: `Hello, ${params.name || "world"}!` }) });""");

        Assert.Equal("""{"message":"Hello, Ada!"}""", (await app.RpcAsync("greet", new JsonObject { ["name"] = "Ada" }))!.ToJsonString());
        Assert.Equal("""{"message":"Hello, world!"}""", (await app.RpcAsync("greet"))!.ToJsonString());

        using var withoutParams = await app.Client.PostAsync($"/api/v1/apps/{app.Id}/rpc", new JsonObject { ["method"] = "greet" });
        Assert.Equal("""{"message":"Hello, world!"}""", (await withoutParams.JsonAsync(HttpStatusCode.OK)).ToJsonString());
    }

    [Theory]
    [InlineData("undefined", "null")]
    [InlineData("null", "null")]
    [InlineData("0", "0")]
    [InlineData("''", "\"\"")]
    [InlineData("[1, 'zwei', { drei: [] }]", """[1,"zwei",{"drei":[]}]""")]
    [InlineData("'Grüße, 世界 \\u2028'", "\"Grüße, 世界 \u2028\"")]
    public async Task Any_value_comes_back_as_it_was(string expression, string json)
    {
        var app = await stack.Admin.DeployedAsync($$"""serve({ value: () => ({{expression}}) });""");

        using var response = await app.SendRpcAsync("value");
        Assert.Equal(json, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task The_params_arrive_as_they_were_sent()
    {
        var app = await stack.Admin.DeployedAsync("serve({ echo: (params) => params });");
        var sent = JsonNode.Parse("""
            { "text": "a \"quoted\" line\nand another — 世界 \u0000", "number": 1.5e300, "nested": { "list": [ 1, null, true, [] ] },
              "__proto__": { "x": 1 } }
            """);

        Assert.True(JsonNode.DeepEquals(sent, await app.RpcAsync("echo", sent!.DeepClone())));
    }

    [Theory]
    [InlineData("\"half a pair \\ud83d\"")]
    [InlineData("{\"half \\ud83d\":1}")]
    [InlineData("[\n\t1 ,\r\n 2 ]")]
    public async Task Params_that_only_json_can_say_arrive_too(string json)
    {
        var app = await stack.Admin.DeployedAsync("serve({ echo: (params) => JSON.stringify(params) });");
        using var content = new StringContent($$"""{"method":"echo","params":{{json}}}""", new System.Net.Http.Headers.MediaTypeHeaderValue("application/json"));
        using var response = await app.Client.PostAsync($"/api/v1/apps/{app.Id}/rpc", content);
        var echoed = (await response.JsonAsync(HttpStatusCode.OK)).GetValue<string>();
        Assert.Equal(string.Concat(json.Where(c => !char.IsWhiteSpace(c))), string.Concat(echoed.Where(c => !char.IsWhiteSpace(c))));
    }

    [Fact]
    public async Task A_deep_value_comes_back_whole()
    {
        var app = await stack.Admin.DeployedAsync("serve({ deep: ({ n }) => { let v = 1; for (let i = 0; i < n; i++) v = [v]; return v; } });");
        using var response = await app.SendRpcAsync("deep", new JsonObject { ["n"] = 1000 });
        Assert.Equal(new string('[', 1000) + "1" + new string(']', 1000), await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(60_000)]
    [InlineData(1_500_000)]
    public async Task Large_params_and_results_arrive_whole(int length)
    {
        var app = await stack.Admin.DeployedAsync("serve({ echo: (params) => params.text });");
        var text = string.Concat(Enumerable.Range(0, length / 10).Select(i => $"{i:d9} "));

        Assert.Equal(text, (await app.RpcAsync("echo", new JsonObject { ["text"] = text }))!.GetValue<string>());
    }

    [Fact]
    public async Task The_caller_is_the_signed_in_user_with_the_token_that_was_sent()
    {
        var app = await stack.Admin.DeployedAsync("serve({ whoami: (_, caller) => caller });");

        var caller = (await app.As(stack.User).RpcAsync("whoami"))!.AsObject();
        Assert.Equal(["userId", "email", "authToken"], caller.Select(property => property.Key));
        Assert.Equal(stack.User.User!["id"]!.GetValue<string>(), caller["userId"]!.GetValue<string>());
        Assert.Equal(stack.User.User["email"]!.GetValue<string>(), caller["email"]!.GetValue<string>());
        Assert.Equal(stack.User.Token, caller["authToken"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_handler_acts_for_its_caller_with_the_callers_token()
    {
        var app = await stack.Admin.DeployedAsync("""
            serve({
              me: async (_, caller) => {
                const res = await fetch(`${process.env.ROOTCX_RUNTIME_URL}/api/v1/auth/me`, { headers: { Authorization: `Bearer ${caller.authToken}` } });
                return { status: res.status, body: await res.json() };
              },
            });
            """);

        var answer = await app.As(stack.User).RpcAsync("me");
        Assert.Equal(200, answer!["status"]!.GetValue<int>());
        Assert.True(JsonNode.DeepEquals(stack.User.User, answer["body"]));
    }

    [Theory]
    [InlineData("throw new Error('Missing dealId')", "Missing dealId")]
    [InlineData("throw 'just text'", "just text")]
    [InlineData("throw { message: 'an object with a message' }", "an object with a message")]
    [InlineData("return Promise.reject(new TypeError('rejected'))", "rejected")]
    [InlineData("throw 42", "42")]
    [InlineData("throw new Error('cut \\ud83d in \"half\"')", "cut \uFFFD in \"half\"")]
    public async Task What_a_handler_throws_is_the_error(string statement, string error)
    {
        var app = await stack.Admin.DeployedAsync($$"""serve({ fail: async () => { {{statement}}; } });""");

        using var response = await app.SendRpcAsync("fail");
        await response.AssertErrorAsync(HttpStatusCode.InternalServerError, error);
        Assert.Equal(["handler"], response.Headers.GetValues("X-RootCX-Error"));
    }

    [Fact]
    public async Task What_a_handler_throws_may_be_long()
    {
        var app = await stack.Admin.DeployedAsync("serve({ fail: () => { throw new Error('ü'.repeat(100_000)); } });");
        using var response = await app.SendRpcAsync("fail");
        await response.AssertErrorAsync(HttpStatusCode.InternalServerError, new string('ü', 100_000));

        // A name that is as long as names may be is of nothing, and arrives.
        using var unknown = await app.SendRpcAsync(new string('ü', 1024));
        Assert.Equal(["unknown_method"], unknown.Headers.GetValues("X-RootCX-Error"));
    }

    [Theory]
    [InlineData("nope")]
    [InlineData("toString")]
    [InlineData("__proto__")]
    [InlineData("constructor")]
    public async Task Only_what_was_served_is_a_method(string method)
    {
        var app = await stack.Admin.DeployedAsync("serve({ greet: () => 1 });");

        using var response = await app.SendRpcAsync(method);
        await response.AssertErrorAsync(HttpStatusCode.InternalServerError, $"worker error: unknown method: {method}");
        Assert.Equal(["unknown_method"], response.Headers.GetValues("X-RootCX-Error"));
    }

    [Fact]
    public async Task A_value_that_json_cannot_say_is_an_error_and_the_worker_lives_on()
    {
        var app = await stack.Admin.DeployedAsync("""
            serve({ circular: () => { const a = {}; a.a = a; return a; }, big: () => 1n, ok: () => process.pid });
            """);
        var pid = await app.RpcAsync("ok");

        foreach (var method in new[] { "circular", "big" })
        {
            using var response = await app.SendRpcAsync(method);
            await response.AssertErrorContainsAsync(HttpStatusCode.InternalServerError, "worker error: ");
            Assert.Equal(["bad_result"], response.Headers.GetValues("X-RootCX-Error"));
        }

        Assert.True(JsonNode.DeepEquals(pid, await app.RpcAsync("ok")));
    }

    [Fact]
    public async Task Many_calls_at_once_each_get_their_own_answer()
    {
        var app = await stack.Admin.DeployedAsync("serve({ later: async ({ n }) => { await Bun.sleep(n % 7); return n; } });");

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(n => app.RpcAsync("later", new JsonObject { ["n"] = n })));
        Assert.Equal(Enumerable.Range(0, 100), answers.Select(answer => answer!.GetValue<int>()));
    }

    [Fact]
    public async Task A_call_is_cut_off_after_thirty_seconds_and_the_next_one_works()
    {
        var app = await stack.Admin.DeployedAsync("""
            serve({ slow: () => new Promise(() => {}), fast: () => "still here" });
            """);
        var begun = TimeProvider.System.GetTimestamp();

        using var response = await app.SendRpcAsync("slow");
        var took = TimeProvider.System.GetElapsedTime(begun);

        await response.AssertErrorAsync(HttpStatusCode.InternalServerError, "worker error: rpc timeout (30s)");
        Assert.Equal(["timeout"], response.Headers.GetValues("X-RootCX-Error"));
        Assert.InRange(took.TotalSeconds, 29, 31.5);
        Assert.Equal("still here", (await app.RpcAsync("fast"))!.GetValue<string>());
    }

    [Fact]
    public async Task Two_calls_that_bring_the_same_id_get_their_own_answers()
    {
        var app = await stack.Admin.DeployedAsync("serve({ later: async ({ n }) => { await Bun.sleep(200 - n); return n; } });");

        var answers = await Task.WhenAll(new[] { 0, 100 }.Select(n => app.Client.PostAsync(
            $"/api/v1/apps/{app.Id}/rpc", new JsonObject { ["method"] = "later", ["id"] = "mine", ["params"] = new JsonObject { ["n"] = n } })));
        Assert.Equal(["0", "100"], await Task.WhenAll(answers.Select(answer => answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))));
    }
}
