using System.Net;
using System.Text.Json.Nodes;

namespace RootCx.Tests.Platform;

/// <summary>What tests say about responses.</summary>
internal static class ResponseAssertions
{
    /// <summary>Expects this status and returns the JSON.</summary>
    public static async Task<JsonNode> JsonAsync(this HttpResponseMessage response, HttpStatusCode status)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == status, $"expected {(int)status}, got {(int)response.StatusCode}: {text}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        return JsonNode.Parse(text)!;
    }

    /// <summary>Expects an error whose whole body is <c>{"error": text}</c>.</summary>
    public static async Task AssertErrorAsync(this HttpResponseMessage response, HttpStatusCode status, string text)
    {
        var body = (await response.JsonAsync(status)).AsObject();
        Assert.Equal(["error"], body.Select(property => property.Key));
        Assert.Equal(text, body["error"]!.GetValue<string>());
    }

    /// <summary>Expects an error whose text contains something; returns the text.</summary>
    public static async Task<string> AssertErrorContainsAsync(this HttpResponseMessage response, HttpStatusCode status, string part)
    {
        var text = (await response.JsonAsync(status))["error"]!.GetValue<string>();
        Assert.Contains(part, text, StringComparison.Ordinal);
        return text;
    }
}
