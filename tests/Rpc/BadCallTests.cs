using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Rpc;

public sealed class BadCallTests(PlatformStack stack)
{
    [Theory]
    [InlineData("{}", "missing 'method'")]
    [InlineData("""{"method":null}""", "missing 'method'")]
    [InlineData("""{"method":7}""", "missing 'method'")]
    [InlineData("""{"params":{}}""", "missing 'method'")]
    [InlineData("[]", "body must be a JSON object")]
    [InlineData("null", "body must be a JSON object")]
    [InlineData("", "invalid JSON at line 1, byte 1")]
    [InlineData("""{"method":"greet",}""", "invalid JSON at line 1, byte 19")]
    [InlineData("{\n \"method\": greet}", "invalid JSON at line 2, byte 12")]
    public async Task A_body_that_is_no_call_is_refused_and_told_why(string body, string error)
    {
        using var content = new StringContent(body, new MediaTypeHeaderValue("application/json"));
        using var response = await stack.User.PostAsync("/api/v1/apps/some_app/rpc", content);
        await response.AssertErrorAsync(HttpStatusCode.BadRequest, error);
    }

    [Fact]
    public async Task A_body_of_another_type_is_refused()
    {
        using var content = new StringContent("""{"method":"greet"}""", new MediaTypeHeaderValue("application/x-www-form-urlencoded"));
        using var response = await stack.User.PostAsync("/api/v1/apps/some_app/rpc", content);
        await response.AssertErrorAsync(HttpStatusCode.UnsupportedMediaType, "unsupported content type: expected application/json");
    }

    [Fact]
    public async Task A_method_with_a_name_that_is_too_long_is_refused()
    {
        using var response = await stack.User.PostAsync("/api/v1/apps/some_app/rpc", new JsonObject { ["method"] = new string('m', 1025) });
        await response.AssertErrorAsync(HttpStatusCode.BadRequest, "'method' is longer than 1024 characters");
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused()
    {
        var body = new JsonObject { ["method"] = "greet", ["params"] = new string('x', 2 * 1024 * 1024) };
        using var response = await stack.User.PostAsync("/api/v1/apps/some_app/rpc", body);
        await response.AssertErrorAsync(HttpStatusCode.RequestEntityTooLarge, "request body too large: at most 2097152 bytes");
    }

    [Fact]
    public async Task An_app_that_does_not_exist_is_not_found()
    {
        using var response = await stack.User.PostAsync("/api/v1/apps/no_such_app/rpc", new JsonObject { ["method"] = "greet" });
        await response.AssertErrorAsync(HttpStatusCode.NotFound, "app 'no_such_app' not found");
    }

    [Theory]
    [InlineData("UPPER")]
    [InlineData("1st")]
    [InlineData("a-b")]
    [InlineData("..%2F..%2Fetc")]
    [InlineData("a%0A")]
    [InlineData("a_name_that_is_far_too_long_to_be_a_schema_name_in_postgres")]
    public async Task An_app_id_that_breaks_the_rule_is_refused(string appId)
    {
        using var response = await stack.Admin.PostAsync($"/api/v1/apps/{appId}/rpc", new JsonObject { ["method"] = "greet" });
        await response.AssertErrorAsync(
            HttpStatusCode.BadRequest, "invalid app id: expected 48 characters at most of a-z, 0-9 and _, beginning with a letter");
    }
}
