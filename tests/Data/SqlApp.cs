using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Data;

/// <summary>An app whose handlers run what they are given: <c>sql</c> as <c>ctx.sql</c> does, <c>own</c> over its <c>databaseUrl</c>.</summary>
public sealed class SqlApp(PlatformStack stack) : IAsyncLifetime
{
    /// <summary>Its code.</summary>
    public const string Source = """
        import { SQL } from "bun";
        let database;
        serve({
          sql: ({ text, params }, _, ctx) => ctx.sql(text, params),
          own: async ({ text }) => { await database.unsafe(text); },
          run: ({ code }, caller, ctx) => new Function("ctx", `return (async () => { ${code} })()`)(ctx),
        }, { onStart: ({ databaseUrl }) => { database = new SQL(databaseUrl, { max: 1 }); } });
        """;

    /// <summary>The app.</summary>
    public App App { get; private set; } = null!; // set before any test runs

    public async ValueTask InitializeAsync() => App = await stack.Admin.DeployedAsync(Source);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Runs a statement as <c>ctx.sql</c> does.</summary>
    public async Task<JsonNode> SqlAsync(string text, params JsonNode?[] parameters) => (await App.RpcAsync("sql", Query(text, parameters)))!; // a result is an object

    /// <summary>The one value that a statement returns.</summary>
    public async Task<JsonNode?> ValueAsync(string text, params JsonNode?[] parameters) =>
        Assert.Single(Assert.Single((await SqlAsync(text, parameters))["rows"]!.AsArray())!.AsArray());

    /// <summary>Expects a statement to fail.</summary>
    public Task AssertFailsAsync(string text, string error, params JsonNode?[] parameters) => App.AssertRpcFailsAsync("sql", error, Query(text, parameters));

    /// <summary>Does something over the <c>databaseUrl</c>.</summary>
    public Task OwnAsync(string text) => App.RpcAsync("own", new JsonObject { ["text"] = text });

    /// <summary>Runs JavaScript that has a <c>ctx</c>.</summary>
    public Task<JsonNode?> RunAsync(string code) => App.RpcAsync("run", new JsonObject { ["code"] = code });

    private static JsonObject Query(string text, JsonNode?[] parameters) => new() { ["text"] = text, ["params"] = new JsonArray(parameters) };
}
