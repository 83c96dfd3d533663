using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Collections;

/// <summary>An entity of an installed app, spoken to as one user.</summary>
internal sealed record Collection(App App, string Entity)
{
    /// <summary>Where its rows are.</summary>
    public string Path => $"/api/v1/apps/{App.Id}/collections/{Entity}";

    /// <summary>Installs an app with one entity; fields as in a manifest.</summary>
    public static async Task<Collection> InstalledAsync(ApiClient client, string entity, params string[] fields) =>
        new(await client.InstalledAsync(Manifest(App.NewId(), (entity, fields))), entity);

    /// <summary>A manifest with these entities; fields as JSON, or a name for one of text.</summary>
    public static JsonObject Manifest(string appId, params (string Name, string[] Fields)[] entities) => new()
    {
        ["appId"] = appId,
        ["name"] = $"App {appId}",
        ["version"] = "1.0.0",
        ["dataContract"] = new JsonArray([.. entities.Select(entity => (JsonNode)EntityOf(entity.Name, entity.Fields))]),
    };

    /// <summary>An entity of a manifest.</summary>
    public static JsonObject EntityOf(string name, params string[] fields) => new()
    {
        ["entityName"] = name,
        ["fields"] = new JsonArray([.. fields.Select(field => field.StartsWith('{') ? JsonNode.Parse(field) : new JsonObject { ["name"] = field, ["type"] = "text" })]),
    };

    /// <summary>The same rows, spoken to as somebody else.</summary>
    public Collection As(ApiClient client) => this with { App = App.As(client) };

    /// <summary>Another entity of the same app.</summary>
    public Collection Other(string entity) => this with { Entity = entity };

    /// <summary>Posts JSON as text to the collection or below.</summary>
    public Task<HttpResponseMessage> SendAsync(string json, string below = "", HttpMethod? method = null) => App.Client.SendAsync(new HttpRequestMessage(method ?? HttpMethod.Post, Path + below)
    {
        Content = new StringContent(json, MediaTypeHeaderValue.Parse("application/json")),
    });

    /// <summary>Makes a row.</summary>
    public async Task<JsonNode> CreateAsync(string json) => await (await SendAsync(json)).JsonAsync(HttpStatusCode.Created);

    /// <summary>Makes rows.</summary>
    public async Task<JsonArray> CreateManyAsync(string json) => (await (await SendAsync(json, "/bulk")).JsonAsync(HttpStatusCode.Created)).AsArray();

    /// <summary>Reads a row; the response as it is.</summary>
    public Task<HttpResponseMessage> GetAsync(JsonNode id) => App.Client.GetAsync($"{Path}/{id}");

    /// <summary>Changes a row; the response as it is.</summary>
    public Task<HttpResponseMessage> PatchAsync(JsonNode id, string json, string? ifMatch = null) => WithIfMatch(HttpMethod.Patch, id, ifMatch, json);

    /// <summary>Deletes a row; the response as it is.</summary>
    public Task<HttpResponseMessage> DeleteAsync(JsonNode id, string? ifMatch = null) => WithIfMatch(HttpMethod.Delete, id, ifMatch, json: null);

    /// <summary>The list.</summary>
    public async Task<JsonArray> ListAsync(string query = "") => (await (await App.Client.GetAsync(Path + query)).JsonAsync(HttpStatusCode.OK)).AsArray();

    /// <summary>What a query answers.</summary>
    public async Task<JsonNode> QueryAsync(string json) => await (await SendAsync(json, "/query")).JsonAsync(HttpStatusCode.OK);

    /// <summary>One field of all rows that a query finds.</summary>
    public async Task<string[]> FindAsync(string field, string where, string rest = "")
    {
        var answer = await QueryAsync($"{{\"where\":{where},\"orderBy\":\"{field}\",\"order\":\"asc\"{rest}}}");
        return [.. answer["data"]!.AsArray().Select(row => row![field]?.ToString() ?? "null")];
    }

    /// <summary>Expects a query to be refused with a text that has this in it.</summary>
    public async Task AssertQueryRefusedAsync(string json, string text) =>
        await (await SendAsync(json, "/query")).AssertErrorContainsAsync(HttpStatusCode.BadRequest, text);

    private Task<HttpResponseMessage> WithIfMatch(HttpMethod method, JsonNode id, string? ifMatch, string? json)
    {
        var request = new HttpRequestMessage(method, $"{Path}/{id}");
        if (json is not null)
        {
            request.Content = new StringContent(json, MediaTypeHeaderValue.Parse("application/json"));
        }

        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        return App.Client.SendAsync(request);
    }
}
