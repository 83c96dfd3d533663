using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using RootCx.Tests.Audit;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Hooks;

/// <summary>What tests do with an app's hooks.</summary>
internal static class AppHooksDriver
{
    /// <summary>Where an app's hooks are.</summary>
    public static string HooksPath(this HandMadeApp app) => $"/api/v1/apps/{app.Id}/hooks";

    /// <summary>Asks for a hook with this request body; the response as it is.</summary>
    public static Task<HttpResponseMessage> SendHookAsync(this HandMadeApp app, ApiClient client, JsonNode body) => client.PostAsync(app.HooksPath(), body);

    /// <summary>Makes a hook.</summary>
    public static async Task<JsonNode> HookAsync(this HandMadeApp app, ApiClient client, string operation, string entity = "items", JsonNode? config = null)
    {
        using var answer = await app.SendHookAsync(client, new JsonObject { ["entity"] = entity, ["operation"] = operation, ["action_config"] = config });
        return await answer.JsonAsync(HttpStatusCode.OK);
    }

    /// <summary>Deletes a hook; the response as it is.</summary>
    public static Task<HttpResponseMessage> SendDeleteAsync(this HandMadeApp app, ApiClient client, string hookId) =>
        client.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"{app.HooksPath()}/{hookId}"));

    /// <summary>A list of hooks.</summary>
    public static async Task<List<JsonNode>> HooksAsync(this HandMadeApp app, ApiClient client, string query = "")
    {
        using var answer = await client.GetAsync($"{app.HooksPath()}{query}");
        return [.. (await answer.JsonAsync(HttpStatusCode.OK)).AsArray().Select(hook => hook!)];
    }

    /// <summary>The payloads of the app's jobs, oldest first.</summary>
    public static async Task<List<JsonNode>> PayloadsAsync(this HandMadeApp app)
    {
        await using var connection = await app.Platform.OpenConnectionAsync(TestContext.Current.CancellationToken);
        return [.. (await connection.QueryAsync<string>("select payload from jobs where app_id = @Id order by id", new { app.Id })).Select(payload => JsonNode.Parse(payload)!)];
    }

    /// <summary>The triggers that fire hooks, as <c>table operation</c>.</summary>
    public static async Task<IEnumerable<string>> HookTriggersAsync(this HandMadeApp app)
    {
        await using var connection = await app.Platform.OpenConnectionAsync(TestContext.Current.CancellationToken);
        return await connection.QueryAsync<string>(
            """
            select c.relname || ' ' || substr(t.tgname, length('rootcx_hooks_') + 1)
            from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = @Id and starts_with(t.tgname::text, 'rootcx_hooks_') order by 1
            """,
            new { app.Id });
    }
}
