using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using RootCx.Core.Auth;
using RootCx.Core.Errors;
using RootCx.Core.Hooks;
using RootCx.Core.Json;
using RootCx.Core.Manifests;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Hooks;

/// <summary>Hooks that come with an app's manifest.</summary>
public sealed class HookManifestTests(PlatformStack stack)
{
    [Fact]
    public async Task The_manifests_hooks_follow_it_and_others_are_left_alone()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack, new Dictionary<string, string?> { ["Hooks:MostPerApp"] = "4" });
        var origin = new ClientOrigin("127.0.0.1", null);
        var installer = (await empty.Accounts.RegisterAsync("a@example.com", "s3cret!", null, origin, TestContext.Current.CancellationToken)).Id;
        var other = (await empty.Accounts.RegisterAsync("b@example.com", "s3cret!", null, origin, TestContext.Current.CancellationToken)).Id;
        await using var connection = await empty.Get<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync("insert into apps (id) values ('app'); create schema app; create table app.items (id integer primary key); create table app.notes (id integer primary key)");
        var byHand = await empty.Get<HookStore>().CreateAsync("app", new NewHook("items", RowOperation.Delete, """{"by":"hand"}"""), other, TestContext.Current.CancellationToken);

        await SyncAsync(installer, new ManifestHook("items", RowOperation.Insert, new RawJson("""{"a": 1}""")), new ManifestHook("notes", RowOperation.Update, null));
        var first = await ListAsync();
        Assert.Equal(
            [("items", "DELETE", """{"by":"hand"}""", false, other), ("items", "INSERT", """{"a": 1}""", true, installer), ("notes", "UPDATE", "{}", true, installer)],
            first.Select(hook => (hook.Entity, hook.Operation, hook.ActionConfig.Text, hook.FromManifest, hook.CreatedBy!.Value)));
        Assert.Equal(["items delete", "items insert", "notes update"], await TriggersAsync());

        // The same again changes nothing, whoever installs it.
        await SyncAsync(other, new ManifestHook("notes", RowOperation.Update, null), new ManifestHook("items", RowOperation.Insert, new RawJson("""{"a": 1}""")));
        Assert.Equal(first, await ListAsync());

        // One with another configuration is another one, for whoever installs it; one may be listed twice.
        await SyncAsync(other, new ManifestHook("items", RowOperation.Insert, new RawJson("2")), new ManifestHook("items", RowOperation.Insert, new RawJson("2")));
        Assert.Equal([(byHand.Id, other), (null, other), (null, other)], (await ListAsync()).Select(hook => (hook.FromManifest ? (Guid?)null : hook.Id, hook.CreatedBy!.Value)));
        Assert.Equal(["items delete", "items insert"], await TriggersAsync());
        await SyncAsync(installer, new ManifestHook("items", RowOperation.Insert, new RawJson("2")));
        Assert.Equal(2, (await ListAsync()).Count);

        var tooMany = await Assert.ThrowsAsync<RefusedException>(
            () => SyncAsync(installer, [.. Enumerable.Range(0, 4).Select(number => new ManifestHook("notes", RowOperation.Insert, new RawJson($"{number}")))]));
        Assert.Equal("too many hooks: an app has 4 at most", tooMany.Message);
        Assert.Equal(2, (await ListAsync()).Count); // nothing of a manifest that was refused

        await SyncAsync(installer);
        Assert.Equal([byHand], await ListAsync());
        Assert.Equal(["items delete"], await TriggersAsync());

        async Task SyncAsync(Guid by, params ManifestHook[] hooks)
        {
            await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await empty.Get<HookManifest>().SyncAsync(connection, "app", hooks, by, TestContext.Current.CancellationToken);
            await transaction.CommitAsync(TestContext.Current.CancellationToken);
        }

        Task<IReadOnlyList<EntityHook>> ListAsync() => empty.Get<HookStore>().ListAsync("app", null, null, TestContext.Current.CancellationToken);

        Task<IEnumerable<string>> TriggersAsync() => connection.QueryAsync<string>(
            "select relname || ' ' || substr(tgname, 14) from pg_trigger join pg_class c on c.oid = tgrelid where starts_with(tgname::text, 'rootcx_hooks_') order by 1");
    }

    [Fact]
    public async Task An_app_that_is_installed_has_its_manifests_hooks_and_loses_them_with_the_manifest()
    {
        var id = App.NewId();
        await InstallAsync(new JsonArray(new JsonObject { ["entity"] = "items", ["operation"] = "insert", ["action_config"] = new JsonObject { ["what"] = "mail" } }));
        using var made = await stack.Admin.PostAsync($"/api/v1/apps/{id}/collections/items", new JsonObject { ["title"] = "first" });
        var row = await made.JsonAsync(HttpStatusCode.Created);
        using var answer = await stack.Admin.GetAsync($"/api/v1/apps/{id}/jobs");
        var payload = Assert.Single((await answer.JsonAsync(HttpStatusCode.OK)).AsArray())!["payload"]!;
        Assert.Equal(row, payload["record"], JsonNode.DeepEquals);
        Assert.Equal("mail", payload["action_config"]!["what"]!.GetValue<string>());

        await InstallAsync([]);
        using var listed = await stack.Admin.GetAsync($"/api/v1/apps/{id}/hooks");
        Assert.Empty((await listed.JsonAsync(HttpStatusCode.OK)).AsArray());
        using var more = await stack.Admin.PostAsync($"/api/v1/apps/{id}/collections/items", new JsonObject { ["title"] = "second" });
        await more.JsonAsync(HttpStatusCode.Created);
        using var jobs = await stack.Admin.GetAsync($"/api/v1/apps/{id}/jobs");
        Assert.Single((await jobs.JsonAsync(HttpStatusCode.OK)).AsArray());

        async Task InstallAsync(JsonArray hooks)
        {
            var manifest = JsonNode.Parse(
                $$"""{"appId":"{{id}}","name":"Hooked","version":"1.0.0","dataContract":[{"entityName":"items","fields":[{"name":"title","type":"text","required":true}]}]}""")!;
            manifest["hooks"] = hooks;
            using var installed = await stack.Admin.PostAsync("/api/v1/apps", manifest);
            await installed.JsonAsync(HttpStatusCode.OK);
        }
    }
}
