using System.Net;
using System.Text.Json.Nodes;

namespace RootCx.Tests.Platform;

/// <summary>A deployed app, spoken to as one user.</summary>
public sealed record App(ApiClient Client, string Id)
{
    /// <summary>An app id of the test's own.</summary>
    public static string NewId() => $"t{Guid.NewGuid():n}"[..20];

    /// <summary>The same app, spoken to as somebody else.</summary>
    public App As(ApiClient other) => this with { Client = other };

    /// <summary>Calls a handler; the response as it is.</summary>
    public Task<HttpResponseMessage> SendRpcAsync(string method, JsonNode? parameters = null) =>
        Client.PostAsync($"/api/v1/apps/{Id}/rpc", new JsonObject { ["method"] = method, ["params"] = parameters });

    /// <summary>Calls a handler and expects a value.</summary>
    public async Task<JsonNode?> RpcAsync(string method, JsonNode? parameters = null)
    {
        using var response = await SendRpcAsync(method, parameters);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{(int)response.StatusCode}: {text}");
        return JsonNode.Parse(text);
    }

    /// <summary>Calls a handler and expects this error.</summary>
    public async Task AssertRpcFailsAsync(string method, string error, JsonNode? parameters = null) =>
        await (await SendRpcAsync(method, parameters)).AssertErrorAsync(HttpStatusCode.InternalServerError, error);

    /// <summary>The worker's status.</summary>
    public async Task<string> StatusAsync() =>
        (await (await Client.GetAsync($"/api/v1/apps/{Id}/worker/status")).JsonAsync(HttpStatusCode.OK))["status"]!.GetValue<string>();

    /// <summary>The worker's status with its detail.</summary>
    public async Task<JsonNode> DetailAsync() =>
        await (await Client.GetAsync($"/api/v1/apps/{Id}/worker/status?detail=true")).JsonAsync(HttpStatusCode.OK);

    /// <summary>Starts or stops the worker.</summary>
    public Task<HttpResponseMessage> WorkerAsync(string action) => Client.PostAsync($"/api/v1/apps/{Id}/worker/{action}");

    /// <summary>Follows the log from now on.</summary>
    public Task<LogTail> LogsAsync(long? after = null) => LogTail.OpenAsync(Client, Id, after);
}
