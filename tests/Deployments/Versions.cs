using System.Net;
using System.Text.Json.Nodes;
using RootCx.Tests.OpenApi;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Deployments;

/// <summary>The versions of an app, as one user sees them.</summary>
internal static class Versions
{
    private static readonly string[] Fields = ["version", "state", "createdAt", "createdBy", "size", "sha256", "entryPoint", "error", "frontend", "live"];

    /// <summary>All that are kept, newest first; each has all its fields and no others.</summary>
    public static async Task<IReadOnlyList<JsonNode>> VersionsAsync(this App app)
    {
        var versions = (await (await app.Client.GetAsync($"/api/v1/apps/{app.Id}/deployments")).JsonAsync(HttpStatusCode.OK)).AsArray();
        Assert.All(versions, version => Assert.Equal(Fields, version!.AsObject().Select(field => field.Key)));
        return [.. versions.Select(version => version!)]; // rows are objects, as was just seen
    }

    /// <summary>Number and state of each, newest first.</summary>
    public static async Task<string> StatesAsync(this App app) =>
        string.Join(", ", (await app.VersionsAsync()).Select(version => $"{version["version"]} {version["state"]}{(version["live"]!.GetValue<bool>() ? "!" : "")}"));

    /// <summary>What is below a version.</summary>
    public static Task<HttpResponseMessage> GetVersionAsync(this App app, int version, string below = "") =>
        app.Client.GetAsync($"/api/v1/apps/{app.Id}/deployments/{version}{below}");

    /// <summary>Asks for a version again.</summary>
    public static Task<HttpResponseMessage> ActivateAsync(this App app, int version) =>
        app.Client.PostAsync($"/api/v1/apps/{app.Id}/deployments/{version}/activate");

    /// <summary>The events of a version until their stream ends: id and data of each.</summary>
    public static async Task<IReadOnlyList<(long Id, JsonNode Data)>> EventsAsync(this App app, int version, long? after = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/apps/{app.Id}/deployments/{version}/events");
        if (after is { } id)
        {
            request.Headers.Add("Last-Event-ID", $"{id}");
        }

        using var answer = await app.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var events = (from frame in text.Split("\n\n")
                      let lines = frame.Split('\n')
                      where lines.Length == 2 && lines[1].StartsWith("data: ", StringComparison.Ordinal)
                      select (Id: long.Parse(lines[0]["id: ".Length..]), Data: lines[1]["data: ".Length..])).ToList();
        events.ForEach(step => AnswerCheck.RequireDescribedEvent("followDeployment", step.Data));
        return [.. events.Select(step => (step.Id, JsonNode.Parse(step.Data)!))];
    }
}
