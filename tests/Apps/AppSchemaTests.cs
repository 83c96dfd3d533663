using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using RootCx.Core.Apps;
using RootCx.Core.Audit;
using RootCx.Core.Auth;
using RootCx.Core.Errors;
using RootCx.Core.Manifests;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Apps;

/// <summary>What an install does to tables, and says of it beforehand.</summary>
public sealed class AppSchemaTests(PlatformStack stack)
{
    [Fact]
    public async Task Verify_says_what_an_install_would_change_and_changes_nothing()
    {
        var appId = App.NewId();
        var manifest = InstallingClient.ManifestOf(appId);
        Assert.Equal($$"""{"compliant":false,"changes":[{"entity":"items","change_type":"create_table","column":null}]}""", await VerifiedAsync(manifest));
        await (await stack.User.GetAsync($"/api/v1/apps/{appId}")).AssertErrorAsync(HttpStatusCode.NotFound, $"app '{appId}' not found");

        await stack.Admin.InstalledAsync(manifest);
        Assert.Equal("""{"compliant":true,"changes":[]}""", await VerifiedAsync(manifest));
        var more = InstallingClient.ManifestOf(appId, """{"name": "title", "type": "text"}, {"name": "price", "type": "number"}""");
        Assert.Equal("""{"compliant":false,"changes":[{"entity":"items","change_type":"add_column","column":"price"}]}""", await VerifiedAsync(more));
        await stack.Admin.InstalledAsync(more);
        Assert.Equal("""{"compliant":false,"changes":[{"entity":"items","change_type":"drop_column","column":"price"}]}""", await VerifiedAsync(manifest));
        Assert.Equal("""{"compliant":true,"changes":[]}""", await VerifiedAsync(more));
    }

    [Fact]
    public async Task Verify_says_what_is_wrong_with_a_manifest()
    {
        using var answer = await stack.User.VerifyAsync("""{"appId": "x", "dataContract": [{"entityName": "y", "identityKind": "z"}]}""");
        var body = await answer.JsonAsync(HttpStatusCode.BadRequest);
        Assert.Equal("$.dataContract[0].identityKey", Assert.Single(body["problems"]!.AsArray())!["path"]!.GetValue<string>());
    }

    public static TheoryData<string, string, string, string> Contradictions => new()
    {
        { """{"name": "a", "type": "text"}""", "(a) values ('x')", """{"name": "a", "type": "text"}, {"name": "b", "type": "text", "required": true}""", "items.b" },
        { """{"name": "a", "type": "text"}""", "(a) values (null)", """{"name": "a", "type": "text", "required": true}""", "items.a" },
        { """{"name": "a", "type": "text"}""", "(a) values ('x'), ('x')", """{"name": "a", "type": "text", "unique": true}""", "items.a" },
        { """{"name": "a", "type": "text"}""", "(a) values ('many')", """{"name": "a", "type": "number"}""", "items.a" },
        { """{"name": "a", "type": "text"}""", "(a) values ('c')", """{"name": "a", "type": "text", "enum_values": ["x", "y"]}""", "items.a" },
        { """{"name": "a", "type": "uuid"}""", "(a) values (gen_random_uuid())", """{"name": "a", "type": "entity_link", "references": {"entity": "items"}}""", "items.a" },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public async Task Data_that_contradicts_the_manifest_is_a_conflict_that_names_it_and_nothing_changes(string before, string rows, string after, string place)
    {
        var appId = App.NewId();
        await stack.Admin.InstalledAsync(InstallingClient.ManifestOf(appId, before));
        await using var database = NpgsqlDataSource.Create(stack.Own.Description.Postgres);
        await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync($"insert into \"{appId}\".items {rows}");

        using var answer = await stack.Admin.InstallAsync(InstallingClient.ManifestOf(appId, after));
        var text = await answer.AssertErrorContainsAsync(HttpStatusCode.Conflict, place);
        Assert.EndsWith("; nothing was changed", text, StringComparison.Ordinal);
        Assert.Equal("""{"compliant":true,"changes":[]}""", await VerifiedAsync(InstallingClient.ManifestOf(appId, before)));
        var shown = await (await stack.User.GetAsync($"/api/v1/apps/{appId}")).JsonAsync(HttpStatusCode.OK);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse($"[{before}]"), shown["dataContract"]![0]!["fields"]));
    }

    [Fact]
    public async Task Changes_that_lose_data_can_be_guarded_against()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack, new Dictionary<string, string?> { ["Apps:GuardDestructiveChanges"] = "true" });
        var admin = await empty.Accounts.RegisterAsync("a@example.com", "s3cret!", null, new ClientOrigin("127.0.0.1", null), TestContext.Current.CancellationToken);
        var appId = App.NewId();
        var both = InstallingClient.ManifestOf(appId, """{"name": "a", "type": "text"}, {"name": "b", "type": "text"}""");
        var one = InstallingClient.ManifestOf(appId, """{"name": "a", "type": "text"}""");
        await InstallAsync(both, false);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => InstallAsync(one, false));
        Assert.Equal(Refusal.Conflict, refused.Refusal);
        Assert.Equal("installing this would lose data: drop_column items.b; repeat it with ?allowDestructive=true if that is meant", refused.Message);
        var change = Assert.Single(refused.Details!["changes"]!.AsArray())!;
        Assert.Equal(("items", "drop_column", "b"), (change["entity"]!.GetValue<string>(), change["change_type"]!.GetValue<string>(), change["column"]!.GetValue<string>()));

        await InstallAsync(both, false); // it is as it was
        await InstallAsync(one, true);
        await InstallAsync(both, false); // adding loses nothing

        Task InstallAsync(string manifest, bool allowDestructive) => empty.Get<AppInstaller>().InstallAsync(
            new Actor(admin.Id, null, null), ManifestReader.Read(manifest).Require(), allowDestructive, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Without_the_guard_columns_are_dropped()
    {
        var appId = App.NewId();
        await stack.Admin.InstalledAsync(InstallingClient.ManifestOf(appId, """{"name": "a", "type": "text"}, {"name": "b", "type": "text"}"""));
        await stack.Admin.InstalledAsync(InstallingClient.ManifestOf(appId, """{"name": "a", "type": "text"}"""));
        var entries = (await (await stack.Admin.GetAsync($"/api/v1/audit/platform?appId={appId}&action=app.installed")).JsonAsync(HttpStatusCode.OK)).AsArray();
        Assert.Equal("""["drop_column items.b"]""", entries[0]!["detail"]!["destructive"]!.ToJsonString());
    }

    private async Task<string> VerifiedAsync(string manifest)
    {
        var body = await (await stack.User.VerifyAsync(manifest)).JsonAsync(HttpStatusCode.OK);
        foreach (var change in body["changes"]!.AsArray())
        {
            Assert.True(change!.AsObject().Remove("detail")); // text for people
        }

        return body.ToJsonString();
    }
}
