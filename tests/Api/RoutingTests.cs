using System.Net;
using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Api;

public sealed class RoutingTests(PlatformStack stack)
{
    [Theory]
    [InlineData("GET", "/api/v1/nothing")]
    [InlineData("POST", "/api/v1/apps/a/b/c/d")]
    [InlineData("DELETE", "/api")]
    public async Task An_unknown_route_is_not_found(string method, string path)
    {
        using var response = await stack.Anonymous().SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        await response.AssertErrorAsync(HttpStatusCode.NotFound, $"not found: no such route {path}");
    }

    [Theory]
    [InlineData("GET", "/api/v1/apps/some_app/rpc", "POST")]
    [InlineData("PUT", "/api/v1/apps/some_app/deploy", "POST")]
    [InlineData("DELETE", "/health", "GET")]
    [InlineData("POST", "/api/v1/apps/some_app/logs", "GET")]
    public async Task A_wrong_verb_is_told_the_right_ones(string method, string path, string allowed)
    {
        using var response = await stack.Anonymous().SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        await response.AssertErrorAsync(HttpStatusCode.MethodNotAllowed, $"method {method} is not allowed here: use {allowed}");
        Assert.Equal([allowed], response.Content.Headers.Allow);
    }

    [Fact]
    public async Task Health_answers_without_a_token()
    {
        Assert.Equal("""{"status":"ok"}""", (await (await stack.Anonymous().GetAsync("/health")).JsonAsync(HttpStatusCode.OK)).ToJsonString());

        var full = await (await stack.Anonymous().GetAsync("/health?full")).JsonAsync(HttpStatusCode.OK);
        Assert.Equal("ok", full["status"]!.GetValue<string>());
        Assert.True(full["memory"]!["current_bytes"]!.GetValue<long>() > 0);
        Assert.True(full["disk"]!["total_bytes"]!.GetValue<long>() >= full["disk"]!["available_bytes"]!.GetValue<long>());
        Assert.True(full["database"]!["reachable"]!.GetValue<bool>());
        Assert.True(full.AsObject().ContainsKey("cpu"));
    }

    [Fact]
    public async Task Readiness_names_what_it_depends_on()
    {
        var ready = await (await stack.Anonymous().GetAsync("/health/ready")).JsonAsync(HttpStatusCode.OK);
        Assert.Equal("ok", ready["status"]!.GetValue<string>());
        var checks = ready["checks"]!.AsObject();
        Assert.Equal(["postgres", "storage", "supervisor"], checks.Select(check => check.Key));
        Assert.All(checks, check =>
        {
            Assert.Equal("ok", check.Value!["status"]!.GetValue<string>());
            Assert.InRange(check.Value["latencyMs"]!.GetValue<double>(), 0, 2000);
        });
    }

    [Fact]
    public async Task Status_has_the_three_parts_that_the_command_line_client_reads()
    {
        var status = (await (await stack.User.GetAsync("/api/v1/status")).JsonAsync(HttpStatusCode.OK)).AsObject();
        Assert.Equal("online", status["runtime"]!["state"]!.GetValue<string>());
        Assert.Matches("^[0-9]+\\.[0-9]+\\.[0-9]+", status["runtime"]!["version"]!.GetValue<string>());
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"state":"online","port":null,"data_dir":null}"""), status["postgres"]));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"state":"offline","port":null}"""), status["forge"]));
    }

    [Theory]
    [InlineData("http://localhost:5173", true)]
    [InlineData("http://127.0.0.1:1420", true)]
    [InlineData("tauri://localhost", true)]
    [InlineData("http://tauri.localhost", true)]
    [InlineData("https://evil.example", false)]
    [InlineData("http://localhost.evil.example", false)]
    public async Task Pages_of_known_origins_may_call(string origin, bool allowed)
    {
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/api/v1/apps/some_app/rpc");
        preflight.Headers.Add("Origin", origin);
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "authorization,content-type");
        using var answer = await stack.Anonymous().SendAsync(preflight);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(allowed ? [origin] : [], Values(answer, "Access-Control-Allow-Origin"));
        Assert.Equal(allowed ? ["authorization,content-type"] : [], Values(answer, "Access-Control-Allow-Headers"));

        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/auth/me");
        request.Headers.Add("Origin", origin);
        using var refused = await stack.Anonymous().SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal(allowed ? [origin] : [], Values(refused, "Access-Control-Allow-Origin"));
    }

    private static IEnumerable<string> Values(HttpResponseMessage response, string header) =>
        response.Headers.TryGetValues(header, out var values) ? values : [];
}
