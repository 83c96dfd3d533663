using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Apps;

/// <summary>What an install does, and what it shows.</summary>
public sealed class AppInstallTests(PlatformStack stack)
{
    [Fact]
    public async Task An_installed_app_is_listed_and_shown_as_it_was_sent()
    {
        var appId = App.NewId();
        const string Contract = """[{"entityName":"items","fields":[{"name":"a","type":"text","enumValues":["x"],"x-note":"\ud800 \u0000"},{"name":"b","type":"number","default_value":1.50}]},  {"entityName":"notes"}]""";
        using var answer = await stack.Admin.InstallAsync($$"""{"dataContract": {{Contract}}, "appId": "{{appId}}", "name": "My “{{appId}}”", "version": "3.1", "type": "integration"}""");
        Assert.Equal($"app '{appId}' installed", (await answer.JsonAsync(HttpStatusCode.OK))["message"]!.GetValue<string>());

        var listed = Assert.Single(await ListAsync(stack.User), app => app["id"]!.GetValue<string>() == appId);
        Assert.Equal(
            $$"""{"id":"{{appId}}","name":"My “{{appId}}”","version":"3.1","status":"installed","type":"integration","entities":["items","notes"],"hasFrontend":false,"icon":null}""",
            listed.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));

        // The text itself: a parsed one would not have everything in it any more.
        using var shown = await stack.User.GetAsync($"/api/v1/apps/{appId}");
        Assert.Equal(
            $$"""{"id":"{{appId}}","name":"My “{{appId}}”","version":"3.1","status":"installed","dataContract":{{Contract}},"icon":null}""",
            await shown.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_app_that_has_only_code_is_listed_as_deployed()
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        var listed = Assert.Single(await ListAsync(stack.User), listed => listed["id"]!.GetValue<string>() == app.Id);
        Assert.Equal(
            $$"""{"id":"{{app.Id}}","name":"{{app.Id}}","version":"0.0.0","status":"deployed","type":"app","entities":[],"hasFrontend":false,"icon":null}""", listed.ToJsonString());
        var shown = await (await stack.User.GetAsync($"/api/v1/apps/{app.Id}")).JsonAsync(HttpStatusCode.OK);
        Assert.Equal(("deployed", "[]"), (shown["status"]!.GetValue<string>(), shown["dataContract"]!.ToJsonString()));

        // A manifest makes it an installed one, which keeps its code.
        await stack.Admin.InstalledAsync(InstallingClient.ManifestOf(app.Id));
        Assert.Equal("installed", (await (await stack.User.GetAsync($"/api/v1/apps/{app.Id}")).JsonAsync(HttpStatusCode.OK))["status"]!.GetValue<string>());
        Assert.Equal("running", await app.StatusAsync());
    }

    [Fact]
    public async Task Lists_are_by_name_and_can_be_of_one_type()
    {
        var prefix = App.NewId();
        await Task.WhenAll(
            stack.Admin.InstalledAsync($$"""{"appId": "{{prefix}}a", "name": "{{prefix}} 2"}"""),
            stack.Admin.InstalledAsync($$"""{"appId": "{{prefix}}b", "name": "{{prefix}} 1", "type": "agent"}"""),
            stack.Admin.InstalledAsync($$"""{"appId": "{{prefix}}c", "name": "{{prefix}} 3", "type": "integration"}"""));

        Assert.Equal(["b", "a", "c"], await MineAsync(""));
        Assert.Equal(["a"], await MineAsync("?type=app"));
        Assert.Equal(["b"], await MineAsync("?type=agent"));
        Assert.Equal(["c"], await MineAsync("?type=integration"));
        Assert.Equal(["b", "a", "c"], await MineAsync("?type=everything"));

        async Task<IEnumerable<string>> MineAsync(string query) =>
            (await ListAsync(stack.User, query)).Select(app => app["id"]!.GetValue<string>()).Where(id => id.StartsWith(prefix, StringComparison.Ordinal)).Select(id => id[prefix.Length..]);
    }

    [Fact]
    public async Task Installing_twice_keeps_one_app_and_takes_the_later_manifest()
    {
        var appId = App.NewId();
        await stack.Admin.InstalledAsync($$"""{"appId": "{{appId}}", "version": "1", "dataContract": []}""");
        await stack.Admin.InstalledAsync($$"""{"appId": "{{appId}}", "version": "2", "dataContract": []}""");
        var listed = Assert.Single(await ListAsync(stack.User), app => app["id"]!.GetValue<string>() == appId);
        Assert.Equal(("2", "[]"), (listed["version"]!.GetValue<string>(), listed["entities"]!.ToJsonString()));
    }

    [Fact]
    public async Task Installs_of_one_app_at_once_follow_each_other()
    {
        var appId = App.NewId();
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(n => stack.Admin.InstallAsync($$"""
            {"appId": "{{appId}}", "dataContract": [{"entityName": "items", "fields": [{"name": "f{{n}}", "type": "text"}]}], "crons": [{"name": "c{{n}}", "schedule": "@yearly"}]}
            """)));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        var app = await (await stack.User.GetAsync($"/api/v1/apps/{appId}")).JsonAsync(HttpStatusCode.OK);
        var last = app["dataContract"]![0]!["fields"]![0]!["name"]!.GetValue<string>();
        var cron = Assert.Single((await (await stack.Admin.GetAsync($"/api/v1/apps/{appId}/crons")).JsonAsync(HttpStatusCode.OK)).AsArray());
        Assert.Equal(last.Replace('f', 'c'), cron!["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task What_is_wrong_with_a_manifest_is_answered_with_every_problem()
    {
        using var answer = await stack.Admin.InstallAsync("""{"appId": "Bad", "dataContract": [{"entityName": "x", "fields": [{"name": "Y", "type": "text"}]}]}""");
        var body = await answer.JsonAsync(HttpStatusCode.BadRequest);
        Assert.Equal(["$.appId", "$.dataContract[0].fields[0].name"], body["problems"]!.AsArray().Select(problem => problem!["path"]!.GetValue<string>()));
        Assert.All(body["problems"]!.AsArray(), problem => Assert.Contains(
            $"{problem!["path"]!.GetValue<string>()}: {problem["message"]!.GetValue<string>()}", body["error"]!.GetValue<string>(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_is_left_of_an_install_that_is_refused()
    {
        var appId = App.NewId();
        await stack.Admin.InstalledAsync($$"""{"appId": "{{appId}}"}""");
        using (var made = await stack.Admin.PostAsync($"/api/v1/apps/{appId}/crons", new JsonObject { ["name"] = "mine", ["schedule"] = "@yearly" }))
        {
            Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        }

        // The last step of the install finds that the name is taken.
        using var refused = await stack.Admin.InstallAsync($$"""
            {"appId": "{{appId}}", "version": "2", "dataContract": [{"entityName": "items"}], "crons": [{"name": "mine", "schedule": "@daily"}]}
            """);
        await refused.AssertErrorAsync(HttpStatusCode.BadRequest, $"cron error: app '{appId}' already has a cron named 'mine'");
        var app = await (await stack.User.GetAsync($"/api/v1/apps/{appId}")).JsonAsync(HttpStatusCode.OK);
        Assert.Equal(("0.0.1", "[]"), (app["version"]!.GetValue<string>(), app["dataContract"]!.ToJsonString()));
        Assert.DoesNotContain($"app:{appId}:items.read", await CatalogueAsync());
        await using var database = NpgsqlDataSource.Create(stack.Own.Description.Postgres);
        await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        Assert.Null(await connection.ExecuteScalarAsync<string?>("select to_regclass(@name)::text", new { name = $"{appId}.items" }));
    }

    [Fact]
    public async Task Permission_keys_come_with_the_app_and_outlive_it()
    {
        var appId = App.NewId();
        const string Declared = """
            "permissions": {"permissions": [{"key": "items.approve", "description": "Approve items"}, {"key": "invoke"}, {"key": "cron.read", "description": "See"}]}
            """;
        await stack.Admin.InstalledAsync($$"""{"appId": "{{appId}}", {{Declared}}, "dataContract": [{"entityName": "items"}], "actions": [{"id": "send", "description": "Sends"}]}""");
        string[] expected =
        [
            "action:send", "cron.read", "cron.trigger", "cron.write", "invoke", "items.approve", "items.create", "items.delete", "items.read", "items.update", "jobs.manage", "jobs.read",
        ];
        await Eventually.TrueAsync(async () => expected.SequenceEqual(await KeysAsync()), "the keys are not those of the app");
        Assert.Equal(("Approve items", "See", "Sends", null), (await TextAsync("items.approve"), await TextAsync("cron.read"), await TextAsync("action:send"), await TextAsync("invoke")));

        await stack.Admin.InstalledAsync($$"""{"appId": "{{appId}}", "permissions": {"permissions": [{"key": "items.approve", "description": "Approve them"}]} }""");
        await Eventually.TrueAsync(async () => await TextAsync("items.approve") == "Approve them", "the description is the old one");
        using (var uninstalled = await stack.Admin.UninstallAsync(appId))
        {
            Assert.Equal(HttpStatusCode.OK, uninstalled.StatusCode);
        }

        Assert.Equal(expected, await KeysAsync());

        async Task<IEnumerable<string>> KeysAsync() =>
            (await CatalogueAsync()).Keys.Where(key => key.StartsWith($"app:{appId}:", StringComparison.Ordinal)).Select(key => key[$"app:{appId}:".Length..]);

        async Task<string?> TextAsync(string key) => (await CatalogueAsync()).GetValueOrDefault($"app:{appId}:{key}");
    }

    [Fact]
    public async Task An_installed_app_without_code_has_a_worker_that_is_stopped()
    {
        var app = new App(stack.Admin, App.NewId());
        await stack.Admin.InstalledAsync($$"""{"appId": "{{app.Id}}"}""");
        Assert.Equal("stopped", await app.StatusAsync());
        await app.AssertRpcFailsAsync("ping", $"worker error: no worker for app '{app.Id}'");

        // What is deployed to it afterwards runs.
        await stack.Admin.DeployedAsync("serve({ ping: () => 'pong' });", app.Id);
        Assert.Equal("pong", (await app.RpcAsync("ping"))!.GetValue<string>());
        Assert.Equal("installed", (await (await stack.User.GetAsync($"/api/v1/apps/{app.Id}")).JsonAsync(HttpStatusCode.OK))["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task Crons_of_the_manifest_follow_it_and_belong_to_the_installer()
    {
        var appId = App.NewId();
        await stack.Admin.InstalledAsync($$"""{"appId": "{{appId}}", "crons": [{"name": "a", "schedule": "@daily", "method": "run", "payload": {"x": 1} }, {"name": "b", "schedule": "@daily"}]}""");
        await stack.Admin.InstalledAsync($$"""{"appId": "{{appId}}", "crons": [{"name": "a", "schedule": "@hourly", "method": "run"}]}""");
        var cron = Assert.Single((await (await stack.Admin.GetAsync($"/api/v1/apps/{appId}/crons")).JsonAsync(HttpStatusCode.OK)).AsArray())!;
        Assert.Equal(("a", "@hourly", "run"), (cron["name"]!.GetValue<string>(), cron["schedule"]!.GetValue<string>(), cron["payload"]!["method"]!.GetValue<string>()));
        Assert.Equal(stack.Admin.User!["id"]!.GetValue<string>(), cron["createdBy"]!.GetValue<string>()); // signed in

        await stack.Admin.InstalledAsync($$"""{"appId": "{{appId}}"}""");
        Assert.Empty((await (await stack.Admin.GetAsync($"/api/v1/apps/{appId}/crons")).JsonAsync(HttpStatusCode.OK)).AsArray());
    }

    [Fact]
    public async Task Who_installed_and_uninstalled_is_recorded()
    {
        var appId = App.NewId();
        await stack.Admin.InstalledAsync($$"""{"appId": "{{appId}}", "version": "7"}""");
        (await stack.Admin.UninstallAsync(appId)).Dispose();
        (await stack.Admin.UninstallAsync(appId)).Dispose(); // nothing happens any more
        var entries = (await (await stack.Admin.GetAsync($"/api/v1/audit/platform?appId={appId}")).JsonAsync(HttpStatusCode.OK)).AsArray();
        Assert.Equal(["app.uninstalled", "app.installed"], entries.Select(entry => entry!["action"]!.GetValue<string>()));
        Assert.Equal("7", entries[1]!["detail"]!["version"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("[]", "body must be a JSON object")]
    [InlineData("{", "invalid JSON at line 1, byte 2")]
    public async Task What_is_no_json_object_is_refused(string body, string error)
    {
        using (var install = await stack.Admin.InstallAsync(body))
        {
            await install.AssertErrorAsync(HttpStatusCode.BadRequest, error);
        }

        using var verify = await stack.Admin.VerifyAsync(body);
        await verify.AssertErrorAsync(HttpStatusCode.BadRequest, error);
    }

    [Fact]
    public async Task More_than_two_mebibytes_are_refused_and_no_less()
    {
        var appId = App.NewId();
        var empty = $$"""{"appId": "{{appId}}", "x": ""}""";
        var fits = empty.Insert(empty.Length - 2, new string('x', (2 * 1024 * 1024) - empty.Length));
        await stack.Admin.InstalledAsync(fits);
        using var over = await stack.Admin.InstallAsync(fits + " ");
        await over.AssertErrorAsync(HttpStatusCode.RequestEntityTooLarge, "request body too large: at most 2097152 bytes");
    }

    [Fact]
    public async Task An_app_that_is_not_there_is_not_shown()
    {
        var appId = App.NewId();
        await (await stack.User.GetAsync($"/api/v1/apps/{appId}")).AssertErrorAsync(HttpStatusCode.NotFound, $"app '{appId}' not found");
        await (await stack.User.GetAsync("/api/v1/apps/X")).AssertErrorContainsAsync(HttpStatusCode.BadRequest, "invalid app id");
    }

    private static async Task<IReadOnlyList<JsonNode>> ListAsync(ApiClient client, string query = "") =>
        [.. (await (await client.GetAsync($"/api/v1/apps{query}")).JsonAsync(HttpStatusCode.OK)).AsArray().OfType<JsonNode>()];

    private async Task<Dictionary<string, string?>> CatalogueAsync() =>
        (await (await stack.Admin.GetAsync("/api/v1/permissions/available")).JsonAsync(HttpStatusCode.OK)).AsArray()
            .ToDictionary(key => key!["key"]!.GetValue<string>(), key => key!["description"]?.GetValue<string>());
}
