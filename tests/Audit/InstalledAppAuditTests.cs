using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Audit;

/// <summary>The log of an app that was installed and written to over the API.</summary>
public sealed class InstalledAppAuditTests(PlatformStack stack)
{
    [Fact]
    public async Task What_is_written_over_the_api_is_recorded_with_its_user_and_survives_the_app()
    {
        var id = App.NewId();
        var manifest = JsonNode.Parse(
            $$"""{"appId":"{{id}}","name":"Audited","version":"1.0.0","dataContract":[{"entityName":"items","fields":[{"name":"title","type":"text","required":true}]}]}""")!;
        using var installed = await stack.Admin.PostAsync("/api/v1/apps", manifest);
        await installed.JsonAsync(HttpStatusCode.OK);
        var collection = $"/api/v1/apps/{id}/collections/items";
        using var made = await stack.Admin.PostAsync(collection, new JsonObject { ["title"] = "first" });
        var row = (await made.JsonAsync(HttpStatusCode.Created))["id"]!.GetValue<string>();
        using var changed = await stack.Admin.SendAsync(
            new HttpRequestMessage(HttpMethod.Patch, $"{collection}/{row}") { Content = JsonContent.Create(new JsonObject { ["title"] = "second" }) });
        await changed.JsonAsync(HttpStatusCode.OK);
        using var deleted = await stack.Admin.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"{collection}/{row}"));
        await deleted.JsonAsync(HttpStatusCode.OK);

        await AssertRecordedAsync();
        using var uninstalled = await stack.Admin.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"/api/v1/apps/{id}"));
        await uninstalled.JsonAsync(HttpStatusCode.OK);
        await AssertRecordedAsync();

        async Task AssertRecordedAsync()
        {
            using var answer = await stack.Admin.GetAsync($"/api/v1/audit?app_id={id}&entity=items&record_id={row}&order=asc");
            var entries = (await answer.JsonAsync(HttpStatusCode.OK)).AsArray().Select(entry => entry!).ToList();
            Assert.Equal(
                [("INSERT", null, "first"), ("UPDATE", "first", "second"), ("DELETE", "second", null)],
                entries.Select(entry => (entry["operation"]!.GetValue<string>(), Title(entry["old_record"]), Title(entry["new_record"]))));
            Assert.All(entries, entry => Assert.Equal(
                (stack.Admin.User!["id"]!.GetValue<string>(), "api"), (entry["actor_uid"]!.GetValue<string>(), entry["trigger_ref"]!.GetValue<string>())));
        }
    }

    private static string? Title(JsonNode? record) => record?["title"]!.GetValue<string>();
}
