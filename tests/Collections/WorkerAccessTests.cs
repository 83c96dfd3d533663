using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Collections;

/// <summary>What an app's own code may do with rows when it sends no token.</summary>
public sealed class WorkerAccessTests(PlatformStack stack)
{
    private const string Source = """
        serve({
          call: async ({ method, path, body }) => {
            const answer = await fetch(`${process.env.ROOTCX_RUNTIME_URL}/api/v1/${path}`, {
              method, body: body && JSON.stringify(body), headers: { "content-type": "application/json" },
            });
            return { status: answer.status, body: await answer.json() };
          },
        });
        """;

    [Fact]
    public async Task All_of_it_in_its_own_app_and_nothing_in_another()
    {
        var own = await Collection.InstalledAsync(stack.Admin, "items", "title");
        var other = await Collection.InstalledAsync(stack.Admin, "items", "title");
        await other.CreateAsync("""{"title":"not yours"}""");
        await stack.Admin.DeployedAsync(Source, own.App.Id);

        var made = await CallAsync("POST", "", new JsonObject { ["title"] = "first" });
        Assert.Equal("201", made["status"]!.ToString());
        var id = made["body"]!["id"]!;
        Assert.Equal("200", (await CallAsync("PATCH", $"/{id}", new JsonObject { ["title"] = "second" }))["status"]!.ToString());
        Assert.Equal("second", (await CallAsync("GET", ""))["body"]![0]!["title"]!.ToString());
        Assert.Equal("1", (await CallAsync("POST", "/query", new JsonObject { ["where"] = new JsonObject { ["title"] = "second" } }))["body"]!["total"]!.ToString());
        Assert.Equal("201", (await CallAsync("POST", "/bulk", new JsonArray(new JsonObject { ["title"] = "third" })))["status"]!.ToString());
        Assert.Equal("200", (await CallAsync("DELETE", $"/{id}"))["status"]!.ToString());
        Assert.Equal(["third"], (await own.ListAsync()).Select(row => row!["title"]!.ToString()));

        foreach (var (method, below) in new[] { ("GET", ""), ("POST", ""), ("POST", "/query"), ("DELETE", $"/{Guid.NewGuid()}") })
        {
            var refused = await CallAsync(method, below, of: other.App.Id);
            Assert.Equal("403", refused["status"]!.ToString());
            Assert.Equal($"the worker of app '{own.App.Id}' may do nothing in app '{other.App.Id}'", refused["body"]!["error"]!.ToString());
        }

        async Task<JsonNode> CallAsync(string method, string below, JsonNode? body = null, string? of = null) =>
            (await own.App.RpcAsync("call", new JsonObject { ["method"] = method, ["path"] = $"apps/{of ?? own.App.Id}/collections/items{below}", ["body"] = body }))!;
    }
}
