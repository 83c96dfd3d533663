using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using RootCx.Core.Errors;
using RootCx.Core.Hooks;
using RootCx.Core.Manifests;
using RootCx.Tests.Audit;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Hooks;

/// <summary>Making, showing and deleting hooks.</summary>
public sealed class HookApiTests(PlatformStack stack)
{
    [Fact]
    public async Task A_hook_is_made_shown_and_deleted()
    {
        await using var app = await HandMadeApp.CreateAsync(stack);
        await app.AddTableAsync("notes", "id integer primary key");
        using var answer = await app.SendHookAsync(
            stack.Admin,
            new JsonObject { ["entity"] = "items", ["operation"] = "INSERT", ["action_type"] = "job", ["action_config"] = new JsonObject { ["a"] = 1 } });
        var hook = await answer.JsonAsync(HttpStatusCode.OK);
        Assert.Equal(
            ["id", "app_id", "entity", "operation", "action_type", "action_config", "from_manifest", "created_by", "created_at"], hook.AsObject().Select(property => property.Key));
        Assert.Equal(
            (app.Id, "items", "INSERT", "job", """{"a":1}""", false, stack.Admin.User!["id"]!.GetValue<string>()),
            (Text("app_id"), Text("entity"), Text("operation"), Text("action_type"), hook["action_config"]!.ToJsonString(), hook["from_manifest"]!.GetValue<bool>(), Text("created_by")));
        Assert.Equal(DateTimeKind.Utc, hook["created_at"]!.GetValue<DateTime>().Kind);
        var update = await app.HookAsync(stack.Admin, "update");
        var note = await app.HookAsync(stack.Admin, "INSERT", "notes");
        Assert.Equal(("UPDATE", "{}"), (update["operation"]!.GetValue<string>(), update["action_config"]!.ToJsonString()));

        Assert.Equal([hook, update, note], await app.HooksAsync(stack.Admin), JsonNode.DeepEquals);
        Assert.Equal([hook, update], await app.HooksAsync(stack.Admin, "?entity=items"), JsonNode.DeepEquals);
        Assert.Equal([hook, note], await app.HooksAsync(stack.Admin, "?operation=INSERT"), JsonNode.DeepEquals);
        Assert.Equal([update], await app.HooksAsync(stack.Admin, "?operation=update&entity=items"), JsonNode.DeepEquals);
        Assert.Empty(await app.HooksAsync(stack.Admin, "?entity=nothing"));
        var path = $"{app.HooksPath()}/{Text("id")}";
        using var shown = await stack.Admin.GetAsync(path);
        Assert.Equal(hook, await shown.JsonAsync(HttpStatusCode.OK), JsonNode.DeepEquals);

        using var deleted = await app.SendDeleteAsync(stack.Admin, Text("id"));
        Assert.Equal("""{"ok":true}""", (await deleted.JsonAsync(HttpStatusCode.OK)).ToJsonString());
        using var gone = await stack.Admin.GetAsync(path);
        await gone.AssertErrorAsync(HttpStatusCode.NotFound, "hook not found");
        using var again = await app.SendDeleteAsync(stack.Admin, Text("id"));
        await again.AssertErrorAsync(HttpStatusCode.NotFound, "hook not found");
        Assert.Equal([update, note], await app.HooksAsync(stack.Admin), JsonNode.DeepEquals);

        string Text(string name) => hook[name]!.GetValue<string>();
    }

    [Theory]
    [InlineData("""{"operation":"INSERT"}""", "missing 'entity'")]
    [InlineData("""{"entity":"items"}""", "missing 'operation'")]
    [InlineData("""{"entity":"items","operation":"TRUNCATE"}""", "operation must be INSERT, UPDATE, or DELETE")]
    [InlineData("""{"entity":"items","operation":7}""", "'operation' must be a string of Unicode text without NUL")]
    [InlineData("""{"entity":"items\u0000","operation":"INSERT"}""", "'entity' must be a string of Unicode text without NUL")]
    [InlineData("""{"entity":"items","operation":"INSERT","action_type":"agent"}""", "action_type must be 'job' or 'agent', of which only 'job' is supported so far")]
    [InlineData("""{"entity":"items","operation":"INSERT","action_type":"mail"}""", "action_type must be 'job' or 'agent', of which only 'job' is supported so far")]
    [InlineData("""{"entity":"items","operation":"INSERT","config":{}}""", "unknown field 'config': expected entity, operation, action_type, action_config")]
    [InlineData("[]", "body must be a JSON object")]
    public async Task A_hook_that_is_not_valid_is_refused_and_leaves_nothing(string body, string error)
    {
        await using var app = await HandMadeApp.CreateAsync(stack);
        using var answer = await stack.Admin.PostAsync(app.HooksPath(), new StringContent(body, null, "application/json"));
        await answer.AssertErrorAsync(HttpStatusCode.BadRequest, error);
        Assert.Empty(await app.HooksAsync(stack.Admin));
    }

    [Fact]
    public async Task What_is_not_there_is_not_found_and_leaves_nothing()
    {
        await using var app = await HandMadeApp.CreateAsync(stack);
        await using var session = await app.OpenAsAppAsync();
        await session.ExecuteAsync("create table own (id integer); create view shown as select * from items");
        foreach (var entity in new[] { "nothing", "own", "shown", "ITEMS", "items\"", "'; drop table items" })
        {
            using var answer = await app.SendHookAsync(stack.Admin, new JsonObject { ["entity"] = entity, ["operation"] = "INSERT" });
            await answer.AssertErrorAsync(HttpStatusCode.NotFound, $"entity '{entity}' not found in app '{app.Id}'");
        }

        Assert.Empty(await app.HooksAsync(stack.Admin));
        Assert.Empty(await app.HookTriggersAsync());

        var nowhere = $"/api/v1/apps/{App.NewId()}";
        using var listed = await stack.Admin.GetAsync($"{nowhere}/hooks");
        await listed.AssertErrorAsync(HttpStatusCode.NotFound, $"app '{nowhere[13..]}' not found");
        using var made = await stack.Admin.PostAsync($"{nowhere}/hooks", new JsonObject { ["entity"] = "items", ["operation"] = "INSERT" });
        await made.AssertErrorAsync(HttpStatusCode.NotFound, $"app '{nowhere[13..]}' not found");
        using var noId = await stack.Admin.GetAsync($"{app.HooksPath()}/7");
        await noId.AssertErrorAsync(HttpStatusCode.BadRequest, "invalid UUID: '7'");
        using var noIdDeleted = await app.SendDeleteAsync(stack.Admin, "7");
        await noIdDeleted.AssertErrorAsync(HttpStatusCode.BadRequest, "invalid UUID: '7'");
        using var noOperation = await stack.Admin.GetAsync($"{app.HooksPath()}?operation=all");
        await noOperation.AssertErrorAsync(HttpStatusCode.BadRequest, "operation must be INSERT, UPDATE, or DELETE");
    }

    [Fact]
    public async Task A_hook_of_another_app_is_not_found()
    {
        await using var app = await HandMadeApp.CreateAsync(stack);
        await using var other = await HandMadeApp.CreateAsync(stack);
        var hook = await app.HookAsync(stack.Admin, "INSERT");
        var owner = await stack.Anonymous().RegisteredAsync();
        await stack.GrantAsync(owner, $"app:{other.Id}:*");
        using var shown = await owner.GetAsync($"{other.HooksPath()}/{hook["id"]}");
        await shown.AssertErrorAsync(HttpStatusCode.NotFound, "hook not found");
        using var deleted = await other.SendDeleteAsync(owner, hook["id"]!.GetValue<string>());
        await deleted.AssertErrorAsync(HttpStatusCode.NotFound, "hook not found");
        using var foreign = await app.SendDeleteAsync(owner, hook["id"]!.GetValue<string>());
        await foreign.AssertErrorAsync(HttpStatusCode.Forbidden, $"permission denied: app:{app.Id}:*");
        Assert.Single(await app.HooksAsync(stack.Admin));
    }

    [Theory]
    [InlineData(64 * 1024, true)]
    [InlineData((64 * 1024) + 1, false)]
    public async Task A_configuration_has_a_bound(int bytes, bool isTaken)
    {
        await using var app = await HandMadeApp.CreateAsync(stack);
        var config = new string('x', bytes - 2); // and its quotes
        using var answer = await app.SendHookAsync(stack.Admin, new JsonObject { ["entity"] = "items", ["operation"] = "INSERT", ["action_config"] = config });
        if (isTaken)
        {
            await answer.JsonAsync(HttpStatusCode.OK);
        }
        else
        {
            await answer.AssertErrorAsync(HttpStatusCode.RequestEntityTooLarge, "action_config too large: at most 65536 bytes");
        }
    }

    [Fact]
    public async Task An_app_has_so_many_at_most()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack, new Dictionary<string, string?> { ["Hooks:MostPerApp"] = "1" });
        await using var connection = await empty.Get<Npgsql.NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        var creator = await connection.ExecuteScalarAsync<Guid>("insert into apps (id) values ('app'); create schema app; create table app.items (id integer primary key); select id from users");
        var store = empty.Get<HookStore>();
        var hook = new NewHook("items", RowOperation.Insert, null);
        await store.CreateAsync("app", hook, creator, TestContext.Current.CancellationToken);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => store.CreateAsync("app", hook, creator, TestContext.Current.CancellationToken));
        Assert.Equal((Refusal.Conflict, "too many hooks: an app has 1 at most"), (refused.Refusal, refused.Message));
    }

    [Fact]
    public async Task A_table_that_somebody_keeps_to_himself_is_not_waited_for_long()
    {
        await using var app = await HandMadeApp.CreateAsync(stack);
        await using var session = await app.OpenAsAppAsync();
        await session.ExecuteAsync("begin; insert into items (name) values ('a')");
        using var answer = await app.SendHookAsync(stack.Admin, new JsonObject { ["entity"] = "items", ["operation"] = "INSERT" });
        await answer.AssertErrorAsync(
            HttpStatusCode.Conflict, $"app '{app.Id}' is being installed, or a transaction on the entity's table takes long: try again later");
        Assert.Empty(await app.HooksAsync(stack.Admin));
    }

    [Fact]
    public async Task Those_who_make_and_delete_hooks_at_once_leave_the_triggers_that_are_needed()
    {
        await using var app = await HandMadeApp.CreateAsync(stack);
        string[] operations = ["INSERT", "UPDATE", "DELETE"];
        await Task.WhenAll(Enumerable.Range(0, 12).Select(async number =>
        {
            var hook = await app.HookAsync(stack.Admin, operations[number % 3]);
            if (number % 3 != 0 || number > 0)
            {
                using var deleted = await app.SendDeleteAsync(stack.Admin, hook["id"]!.GetValue<string>());
                await deleted.JsonAsync(HttpStatusCode.OK);
            }
        }));
        Assert.Equal("INSERT", Assert.Single(await app.HooksAsync(stack.Admin))["operation"]!.GetValue<string>());
        Assert.Equal(["items insert"], await app.HookTriggersAsync());
    }
}
