using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Crons;

/// <summary>What tests do with an app's crons.</summary>
internal static class AppCronsDriver
{
    /// <summary>Where an app's crons are.</summary>
    public static string CronsPath(this App app) => $"/api/v1/apps/{app.Id}/crons";

    /// <summary>Makes a cron with this request body; the response as it is.</summary>
    public static Task<HttpResponseMessage> SendCronAsync(this App app, JsonNode body) => app.Client.PostAsync(app.CronsPath(), body);

    /// <summary>Makes a cron; returns it.</summary>
    public static async Task<JsonNode> CronAsync(this App app, string schedule, params (string Name, JsonNode? Value)[] options)
    {
        var body = new JsonObject { ["name"] = $"c{Guid.NewGuid():n}", ["schedule"] = schedule };
        foreach (var (name, value) in options)
        {
            body[name] = value;
        }

        using var answer = await app.SendCronAsync(body);
        return await answer.JsonAsync(HttpStatusCode.Created);
    }

    /// <summary>The path of one.</summary>
    public static string CronPath(this App app, JsonNode cron) => $"{app.CronsPath()}/{cron["id"]}";

    /// <summary>Changes one; the response as it is.</summary>
    public static Task<HttpResponseMessage> SendChangeAsync(this App app, JsonNode cron, JsonNode change) =>
        app.Client.SendAsync(new HttpRequestMessage(HttpMethod.Patch, app.CronPath(cron)) { Content = JsonContent.Create(change) });

    /// <summary>Changes one thing of it; returns it.</summary>
    public static async Task<JsonNode> ChangedAsync(this App app, JsonNode cron, string name, JsonNode? value)
    {
        using var answer = await app.SendChangeAsync(cron, new JsonObject { [name] = value });
        return await answer.JsonAsync(HttpStatusCode.OK);
    }

    /// <summary>Deletes one; the response as it is.</summary>
    public static Task<HttpResponseMessage> SendDeleteAsync(this App app, JsonNode cron) =>
        app.Client.SendAsync(new HttpRequestMessage(HttpMethod.Delete, app.CronPath(cron)));

    /// <summary>Triggers one; returns the job's id.</summary>
    public static async Task<long> TriggeredAsync(this App app, JsonNode cron)
    {
        using var answer = await app.Client.PostAsync($"{app.CronPath(cron)}/trigger");
        return (await answer.JsonAsync(HttpStatusCode.OK))["msgId"]!.GetValue<long>();
    }

    /// <summary>All that the user may see.</summary>
    public static async Task<JsonArray> CronsAsync(this App app)
    {
        using var answer = await app.Client.GetAsync(app.CronsPath());
        return (await answer.JsonAsync(HttpStatusCode.OK)).AsArray();
    }

    /// <summary>What became of it, latest first.</summary>
    public static async Task<List<JsonNode>> RunsAsync(this App app, JsonNode cron, string query = "")
    {
        using var answer = await app.Client.GetAsync($"{app.CronPath(cron)}/runs{query}");
        return [.. (await answer.JsonAsync(HttpStatusCode.OK)).AsArray().Select(run => run!)];
    }

    /// <summary>Waits until its runs are so; returns them.</summary>
    public static async Task<List<JsonNode>> RunsBecomeAsync(this App app, JsonNode cron, Func<List<JsonNode>, bool> condition)
    {
        var runs = new List<JsonNode>();
        await Eventually.TrueAsync(
            async () => condition(runs = await app.RunsAsync(cron, "?limit=500")), $"the runs stay [{string.Join(", ", runs.Select(run => run.ToJsonString()))}]");
        return runs;
    }

    /// <summary>How many of these have this status.</summary>
    public static int Count(this IEnumerable<JsonNode> runs, string status) => runs.Count(run => run["status"]!.GetValue<string>() == status);
}
