using System.Net;
using System.Text.Json.Nodes;
using RootCx.Tests.Collections;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Data;

/// <summary>What <c>ctx.collection</c> does, from a handler to the Data API and the audit log of rows.</summary>
public sealed class CollectionTests(PlatformStack stack)
{
    private const string Source = """
        let kept;
        serve({
          run: ({ op, args = [] }, _, { collection }) => collection("tasks")[op](...args),
          deep: ({ op, levels, id }, _, { collection }) => {
            let text = 1;
            for (let i = 1; i < levels; i++) text = [text];
            return collection("tasks")[op](op === "delete" ? text : op === "update" ? { id, text } : { text }).then(() => "done", (error) => error.message);
          },
          other: ({ entity }, _, { collection }) => collection(entity).find(),
          copy: async ({ title, count }, _, { collection }) => {
            const { id, created_at, updated_at, ...row } = await collection("tasks").findOne({ title });
            for (let i = 0; i < count; i++) await collection("tasks").insert(row);
          },
          keep: (_, __, ctx) => { kept = ctx; },
          late: ({ data }) => kept.collection("tasks").insert(data),
          many: async ({ count }, _, { collection }) => {
            const answers = await Promise.allSettled(Array.from({ length: count }, () => collection("tasks").find({ title: "none" })));
            return answers.map(({ reason }) => reason?.message ?? "done");
          },
        }, { onJob: (data, _, { collection }) => collection("tasks").insert(data) });
        """;

    [Fact]
    public async Task Rows_are_inserted_found_changed_and_deleted()
    {
        var app = await InstalledAsync(stack.Admin);

        var row = (await RunAsync(app, "insert", new JsonObject { ["title"] = "one", ["done"] = false }))!;
        var id = row["id"]!.GetValue<string>();
        Assert.Equal(id, (await (await app.Client.GetAsync($"/api/v1/apps/{app.Id}/collections/tasks/{id}")).JsonAsync(HttpStatusCode.OK))["id"]!.GetValue<string>());
        await RunAsync(app, "insert", new JsonObject { ["title"] = "two", ["done"] = false });

        Assert.Equal(2, (await RunAsync(app, "find"))!.AsArray().Count);
        Assert.Equal(id, Assert.Single((await RunAsync(app, "find", new JsonObject { ["title"] = "one" }))!.AsArray())!["id"]!.GetValue<string>());
        Assert.Equal(2, (await RunAsync(app, "find", new JsonObject { ["title"] = new JsonObject { ["$in"] = new JsonArray("one", "two") } }))!.AsArray().Count);
        Assert.Equal(id, (await RunAsync(app, "findOne", new JsonObject { ["id"] = id }))!["id"]!.GetValue<string>());
        Assert.Null(await RunAsync(app, "findOne", new JsonObject { ["title"] = "none" }));

        var changed = (await RunAsync(app, "update", new JsonObject { ["id"] = id, ["done"] = true }))!;
        Assert.Equal("""["one",true]""", new JsonArray(changed["title"]!.DeepClone(), changed["done"]!.DeepClone()).ToJsonString());
        Assert.True((await RunAsync(app, "delete", id))!.GetValue<bool>());
        Assert.False((await RunAsync(app, "delete", id))!.GetValue<bool>());
    }

    [Fact]
    public async Task What_can_not_be_rejects_with_the_platforms_text()
    {
        var app = await InstalledAsync(stack.Admin);
        await AssertRunFailsAsync(app, "the data of insert() must be an object", "insert", new JsonArray(1));
        await AssertRunFailsAsync(app, "the data of insert() must be an object", "insert");
        await AssertRunFailsAsync(app, "the condition of find() must be an object", "find", "all");
        await AssertRunFailsAsync(app, "the data of update() must be an object", "update", "1");
        await AssertRunFailsAsync(app, "id required for update", "update", new JsonObject { ["title"] = "a" });
        await AssertRunFailsAsync(app, "id required for update", "update", new JsonObject { ["title"] = "a", ["id"] = null });
        await AssertRunFailsAsync(app, "no fields to update", "update", new JsonObject { ["id"] = Guid.NewGuid().ToString() });
        await AssertRunFailsAsync(app, "id required for delete", "delete");
        await AssertRunFailsAsync(app, "invalid UUID: '7'", "delete", 7);
        await AssertRunFailsAsync(app, "unknown field 'colour' in entity 'tasks'", "insert", new JsonObject { ["colour"] = 1 });
        await AssertRunFailsAsync(app, "unknown field 'colour' in entity 'tasks': where.colour", "find", new JsonObject { ["colour"] = 1 });
        var nobody = Guid.NewGuid().ToString();
        await AssertRunFailsAsync(app, $"record '{nobody}' not found", "update", new JsonObject { ["id"] = nobody, ["done"] = true });
        await app.AssertRpcFailsAsync("other", $"entity 'nothing' not found in app '{app.Id}'", new JsonObject { ["entity"] = "nothing" });
    }

    [Fact]
    public async Task Data_is_512_levels_deep_at_most()
    {
        var app = await InstalledAsync(stack.Admin);
        var id = (await RunAsync(app, "insert", new JsonObject { ["title"] = "one" }))!["id"]!.GetValue<string>();
        foreach (var op in (string[])["insert", "update", "find", "findOne", "delete"])
        {
            Assert.Equal("the data is nested more than 512 levels deep", await DeepAsync(513, op));
            Assert.Equal("the data is nested more than 512 levels deep", await DeepAsync(30_000, op));
        }

        Assert.Equal("done", await DeepAsync(512, "insert"));
        Assert.Equal("done", await DeepAsync(512, "update"));

        async Task<string> DeepAsync(int levels, string op) =>
            (await app.RpcAsync("deep", new JsonObject { ["op"] = op, ["levels"] = levels, ["id"] = id }))!.GetValue<string>();
    }

    [Fact]
    public async Task Records_that_are_longer_than_a_message_are_an_error_and_can_be_found_in_parts()
    {
        var app = await InstalledAsync(stack.Admin);
        foreach (var title in (string[])["one", "two"])
        {
            await RunAsync(app, "insert", new JsonObject { ["title"] = title, ["text"] = new string('x', 1_500_000) });
        }

        await app.RpcAsync("copy", new JsonObject { ["title"] = "one", ["count"] = 10 });
        await AssertRunFailsAsync(app, "the records that match are longer than 16776192 bytes together: narrow the condition", "find");
        Assert.Equal("two", (await RunAsync(app, "findOne", new JsonObject { ["title"] = "two" }))!["title"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_caller_without_permissions_is_on_record_for_what_the_app_does_for_them()
    {
        var app = await InstalledAsync(stack.Admin);
        var user = await stack.Anonymous().RegisteredAsync();

        await RunAsync(app.As(user), "insert", new JsonObject { ["title"] = "theirs" });
        Assert.Equal(user.User!["id"]!.GetValue<string>(), await ActorAsync(app, "theirs"));
    }

    [Fact]
    public async Task The_owner_of_a_job_is_on_record_for_what_it_does()
    {
        var app = await InstalledAsync(stack.Admin);
        using var enqueued = await app.Client.PostAsync($"/api/v1/apps/{app.Id}/jobs", new JsonObject { ["payload"] = new JsonObject { ["title"] = "of a job" } });
        await Eventually.TrueAsync(async () => await RunAsync(app, "findOne", new JsonObject { ["title"] = "of a job" }) is not null, "the job did not write its row");
        Assert.Equal(stack.Admin.User!["id"]!.GetValue<string>(), await ActorAsync(app, "of a job"));
    }

    [Fact]
    public async Task Once_its_call_has_ended_nobody_is_on_record()
    {
        var app = await InstalledAsync(stack.Admin);
        await app.RpcAsync("keep");
        await app.RpcAsync("late", new JsonObject { ["data"] = new JsonObject { ["title"] = "late" } });
        Assert.Null(await ActorAsync(app, "late"));
    }

    [Fact]
    public async Task Operations_over_those_that_may_be_in_flight_are_refused_at_once()
    {
        var app = await InstalledAsync(stack.Admin);
        var answers = (await app.RpcAsync("many", new JsonObject { ["count"] = 2000 }))!.AsArray().Select(answer => answer!.GetValue<string>()).ToList();
        Assert.InRange(answers.Count(answer => answer == "done"), 256, 1999);
        Assert.All(answers.Where(answer => answer != "done"), answer => Assert.Equal("too many operations at once: 256 may be in flight, of 33554432 bytes together", answer));
    }

    private static async Task<App> InstalledAsync(ApiClient client)
    {
        var tasks = await Collection.InstalledAsync(client, "tasks", "title", "text", """{"name":"done","type":"boolean"}""");
        return await client.DeployedAsync(Source, tasks.App.Id);
    }

    private static Task<JsonNode?> RunAsync(App app, string op, params JsonNode?[] args) => app.RpcAsync("run", Call(op, args));

    private static Task AssertRunFailsAsync(App app, string error, string op, params JsonNode?[] args) => app.AssertRpcFailsAsync("run", error, Call(op, args));

    private static JsonObject Call(string op, params JsonNode?[] args) => new() { ["op"] = op, ["args"] = new JsonArray(args) };

    // Who is on record for the row of that title.
    private static async Task<string?> ActorAsync(App app, string title)
    {
        var audit = await (await app.Client.GetAsync($"/api/v1/audit?app_id={app.Id}&entity=tasks")).JsonAsync(HttpStatusCode.OK);
        var entry = Assert.Single(audit.AsArray(), entry => entry!["new_record"]?["title"]?.GetValue<string>() == title)!;
        return entry["actor_uid"]?.GetValue<string>();
    }
}
