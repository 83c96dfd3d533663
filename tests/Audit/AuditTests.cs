using System.Net;
using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Audit;

public sealed class AuditTests(PlatformStack stack)
{
    [Fact]
    public async Task What_people_do_to_the_platform_is_recorded_with_who_and_from_where()
    {
        var email = $"{Guid.NewGuid():n}@example.com";
        var role = App.NewId();
        var anonymous = stack.Anonymous();
        await anonymous.PostAsync("/api/v1/auth/register", new JsonObject { ["email"] = email, ["password"] = "first one" });
        await anonymous.PostAsync("/api/v1/auth/login", new JsonObject { ["email"] = email, ["password"] = "wrong one" });
        var user = await anonymous.SignedInAsync(email, "first one");
        var id = user.User!["id"]!.GetValue<string>();
        await stack.Admin.PostAsync("/api/v1/roles", new JsonObject { ["name"] = role, ["permissions"] = new JsonArray("app:x:y") });
        await stack.Admin.PostAsync("/api/v1/roles/assign", new JsonObject { ["userId"] = id, ["role"] = role });
        await stack.Admin.PostAsync("/api/v1/roles/revoke", new JsonObject { ["userId"] = id, ["role"] = role });
        await stack.Admin.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"/api/v1/roles/{role}"));
        await user.PostAsync("/api/v1/auth/logout-everywhere");
        await stack.Admin.PostAsync($"/api/v1/users/{id}/password", new JsonObject { ["password"] = "second one" });
        await stack.Admin.PostAsync($"/api/v1/users/{id}/disable");
        await stack.Admin.PostAsync($"/api/v1/users/{id}/enable");
        await stack.Admin.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"/api/v1/users/{id}"));

        var all = await ListAsync("?limit=1000");
        var about = all.Where(entry => new[] { Text(entry, "target"), Text(entry, "actorId") }.Any(what => what == id || what == role)).Reverse().ToList();
        var admin = stack.Admin.User!["id"]!.GetValue<string>();
        Assert.Equal(
            [
                ("user.created", id), ("auth.sign_in_failed", id), ("auth.signed_in", id), ("role.created", admin), ("role.assigned", admin), ("role.revoked", admin),
                ("role.deleted", admin), ("auth.all_sessions_ended", id), ("user.password_reset", admin), ("user.disabled", admin), ("user.enabled", admin), ("user.deleted", admin),
            ],
            about.Select(entry => (Text(entry, "action"), Text(entry, "actorId"))));
        Assert.All(about, entry => Assert.Equal("127.0.0.1", Text(entry, "address")));
        Assert.Equal(["id", "at", "action", "actorId", "actorEmail", "address", "appId", "target", "detail"], about[0].AsObject().Select(property => property.Key));
        Assert.Equal("""{"reason":"invalid credentials"}""", about[1]["detail"]!.ToJsonString());
        Assert.Equal($$"""{"role":"{{role}}"}""", about[4]["detail"]!.ToJsonString());
        Assert.DoesNotContain("one", string.Concat(about.Select(entry => entry["detail"]?.ToJsonString())), StringComparison.Ordinal); // no password
        var ids = all.ConvertAll(entry => entry["id"]!.GetValue<long>());
        Assert.Equal(ids.OrderDescending(), ids);
    }

    [Fact]
    public async Task Deploys_and_workers_are_recorded_by_app()
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        await app.WorkerAsync("stop");
        await app.WorkerAsync("start");
        await app.Client.PostAsync($"/api/v1/apps/{app.Id}/secrets", new JsonObject { ["key"] = "MAIL_TOKEN", ["value"] = "not to be seen" });
        await app.Client.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"/api/v1/apps/{app.Id}/secrets/MAIL_TOKEN"));
        var secrets = await ListAsync($"?appId={app.Id}&limit=2");
        Assert.Equal([("secret.deleted", "MAIL_TOKEN"), ("secret.set", "MAIL_TOKEN")], secrets.Select(entry => (Text(entry, "action"), Text(entry, "target"))));
        Assert.DoesNotContain("not to be seen", string.Concat(secrets.Select(entry => entry.ToJsonString())), StringComparison.Ordinal);

        var entries = (await ListAsync($"?appId={app.Id}")).Skip(2).ToList();
        Assert.Equal(["worker.started", "worker.stopped", "app.deployed"], entries.Select(entry => Text(entry, "action")));
        Assert.Equal("1", Text(entries[^1], "target"));

        Assert.Equal(["app.deployed"], (await ListAsync($"?appId={app.Id}&action=app.deployed")).Select(entry => Text(entry, "action")));
        Assert.Equal(["worker.stopped"], (await ListAsync($"?appId={app.Id}&limit=1&before={entries[0]["id"]}")).Select(entry => Text(entry, "action")));
        Assert.Empty(await ListAsync($"?appId={app.Id}&actorId={Guid.NewGuid()}"));
        using var noId = await stack.Admin.GetAsync("/api/v1/audit/platform?actorId=me");
        await noId.AssertErrorAsync(HttpStatusCode.BadRequest, "invalid UUID: 'me'");
        using var tooMany = await stack.Admin.GetAsync("/api/v1/audit/platform?limit=1001");
        await tooMany.AssertErrorAsync(HttpStatusCode.BadRequest, "limit must be a whole number from 1 to 1000");
        using var user = await stack.User.GetAsync("/api/v1/audit/platform");
        await user.AssertErrorAsync(HttpStatusCode.Forbidden, "admin access required");
    }

    private static string? Text(JsonNode entry, string name) => entry[name]?.GetValue<string>();

    private async Task<List<JsonNode>> ListAsync(string query) =>
        [.. (await (await stack.Admin.GetAsync($"/api/v1/audit/platform{query}")).JsonAsync(HttpStatusCode.OK)).AsArray().Select(entry => entry!)];
}
