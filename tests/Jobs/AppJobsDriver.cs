using System.Net;
using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Jobs;

/// <summary>What tests do with an app's jobs.</summary>
internal static class AppJobsDriver
{
    /// <summary>Where an app's jobs are.</summary>
    public static string JobsPath(this App app) => $"/api/v1/apps/{app.Id}/jobs";

    /// <summary>Enqueues a job with this request body; the response as it is.</summary>
    public static Task<HttpResponseMessage> SendJobAsync(this App app, JsonNode body) => app.Client.PostAsync(app.JobsPath(), body);

    /// <summary>Enqueues a job; returns its id.</summary>
    public static async Task<long> EnqueueAsync(this App app, JsonNode? payload = null, params (string Name, JsonNode? Value)[] options)
    {
        var body = new JsonObject { ["payload"] = payload ?? new JsonObject() };
        foreach (var (name, value) in options)
        {
            body[name] = value;
        }

        using var answer = await app.SendJobAsync(body);
        return (await answer.JsonAsync(HttpStatusCode.Created))["msg_id"]!.GetValue<long>();
    }

    /// <summary>All that is known of a job.</summary>
    public static async Task<JsonNode> JobAsync(this App app, long id)
    {
        using var answer = await app.Client.GetAsync($"{app.JobsPath()}/{id}");
        return await answer.JsonAsync(HttpStatusCode.OK);
    }

    /// <summary>A list of jobs.</summary>
    public static async Task<JsonArray> JobsAsync(this App app, string query = "")
    {
        using var answer = await app.Client.GetAsync($"{app.JobsPath()}{query}");
        return (await answer.JsonAsync(HttpStatusCode.OK)).AsArray();
    }

    /// <summary>The ids in a list of jobs.</summary>
    public static async Task<IEnumerable<long>> JobIdsAsync(this App app, string query = "") =>
        (await app.JobsAsync(query)).Select(job => job!["msg_id"]!.GetValue<long>());

    /// <summary>Cancels or retries a job; the response as it is.</summary>
    public static Task<HttpResponseMessage> JobActionAsync(this App app, long id, string action) => app.Client.PostAsync($"{app.JobsPath()}/{id}/{action}");

    /// <summary>How many there are in each state.</summary>
    public static async Task<JsonNode> CountsAsync(this App app)
    {
        using var answer = await app.Client.GetAsync($"{app.JobsPath()}/counts");
        return await answer.JsonAsync(HttpStatusCode.OK);
    }

    /// <summary>Waits until a job is in a state; returns all that is known of it.</summary>
    public static async Task<JsonNode> JobBecomesAsync(this App app, long id, string state)
    {
        JsonNode job = null!; // read before it is used
        await Eventually.TrueAsync(
            async () =>
            {
                job = await app.JobAsync(id);
                return job["state"]!.GetValue<string>() == state;
            },
            () => $"the job did not become {state}: {job.ToJsonString()}");
        return job;
    }
}
