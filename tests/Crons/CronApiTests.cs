using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;
using RootCx.Tests.Jobs;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Crons;

public sealed class CronApiTests(PlatformStack stack)
{
    private const string Never = "0 0 29 2 *"; // not while the tests run

    [Fact]
    public async Task A_cron_is_made_shown_paused_resumed_changed_and_deleted()
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        using var answer = await app.SendCronAsync(new JsonObject { ["name"] = "Nightly_run-1", ["schedule"] = "30 3 * * *" });
        var cron = await answer.JsonAsync(HttpStatusCode.Created);
        Assert.Equal(
            ["id", "appId", "name", "schedule", "timezone", "payload", "overlapPolicy", "enabled", "pgJobId", "createdBy", "createdAt", "updatedAt", "nextRuns"],
            cron.AsObject().Select(property => property.Key));
        Assert.Equal(
            (app.Id, "Nightly_run-1", "30 3 * * *", null, "{}", "skip", true),
            (Text("appId"), Text("name"), Text("schedule"), cron["timezone"], cron["payload"]!.ToJsonString(), Text("overlapPolicy"), cron["enabled"]!.GetValue<bool>()));
        Assert.Equal(stack.Admin.User!["id"]!.GetValue<string>(), Text("createdBy"));
        Assert.Equal(DateTimeKind.Utc, cron["createdAt"]!.GetValue<DateTime>().Kind);
        var next = cron["nextRuns"]!.AsArray().Select(run => run!.GetValue<DateTime>()).ToList();
        Assert.Equal(5, next.Count);
        Assert.All(next, run => Assert.Equal(new TimeSpan(3, 30, 0), run.TimeOfDay));
        var number = cron["pgJobId"]!.GetValue<long>();

        var paused = await app.ChangedAsync(cron, "enabled", false);
        Assert.Equal((false, null, 0), (paused["enabled"]!.GetValue<bool>(), paused["pgJobId"], paused["nextRuns"]!.AsArray().Count));
        var resumed = await app.ChangedAsync(cron, "enabled", true);
        Assert.True(resumed["pgJobId"]!.GetValue<long>() > number);

        var changed = await app.ChangedAsync(cron, "timezone", "Asia/Tokyo");
        Assert.Equal(new TimeSpan(18, 30, 0), changed["nextRuns"]![0]!.GetValue<DateTime>().TimeOfDay);
        changed = await app.ChangedAsync(cron, "payload", new JsonObject { ["a"] = 1 });
        Assert.Equal(("Asia/Tokyo", resumed["pgJobId"]!.GetValue<long>()), (changed["timezone"]!.GetValue<string>(), changed["pgJobId"]!.GetValue<long>()));
        changed = await app.ChangedAsync(cron, "timezone", null);
        changed = await app.ChangedAsync(cron, "overlapPolicy", "queue");
        changed = await app.ChangedAsync(cron, "schedule", "@hourly");
        Assert.Equal((null, "queue", "@hourly"), (changed["timezone"], changed["overlapPolicy"]!.GetValue<string>(), changed["schedule"]!.GetValue<string>()));

        Assert.Equal(changed.ToJsonString(), Assert.Single(await app.CronsAsync())!.ToJsonString());
        using (var back = await app.SendChangeAsync(cron, changed.DeepClone()))
        {
            Assert.Equal("queue", (await back.JsonAsync(HttpStatusCode.OK))["overlapPolicy"]!.GetValue<string>()); // as it was read
        }

        using var deleted = await app.SendDeleteAsync(cron);
        Assert.Equal("""{"message":"cron deleted"}""", (await deleted.JsonAsync(HttpStatusCode.OK)).ToJsonString());
        Assert.Empty(await app.CronsAsync());
        using var again = await app.SendDeleteAsync(cron);
        await again.AssertErrorAsync(HttpStatusCode.NotFound, $"not found: cron '{Text("id")}' not found");

        string Text(string name) => cron[name]!.GetValue<string>();
    }

    [Theory]
    [InlineData("{ }", "[\"cron_id\"]")]
    [InlineData("""{"half":"\ud800","twice":1,"twice":2}""", "[\"half\",\"twice\",\"cron_id\"]")]
    [InlineData("""{"cron_id":"mine","nul":"\u0000"}""", "[\"cron_id\",\"nul\"]")]
    public async Task A_payload_is_kept_as_it_was_sent(string payload, string keys)
    {
        var app = await stack.Admin.DeployedAsync("serve({ onJob: (payload) => ({ keys: Object.keys(payload), id: payload.cron_id }) });");
        using var body = new StringContent($$"""{"name":"n","schedule":"{{Never}}","payload":{{payload}}}""", Encoding.UTF8, "application/json");
        using var answer = await app.Client.PostAsync(app.CronsPath(), body);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains($"\"payload\":{payload}", text, StringComparison.Ordinal);

        var cron = JsonNode.Parse(text)!;
        var job = await app.JobBecomesAsync(await app.TriggeredAsync(cron), "completed");
        Assert.Equal($$"""{"keys":{{keys}},"id":"{{cron["id"]}}"}""", job["result"]!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"schedule":"* * * * *"}""", "missing 'name'")]
    [InlineData("""{"name":"n"}""", "missing 'schedule'")]
    [InlineData("""{"name":"","schedule":"* * * * *"}""", "cron error: invalid cron name: ''")]
    [InlineData("""{"name":"a b","schedule":"* * * * *"}""", "cron error: invalid cron name: 'a b'")]
    [InlineData("""{"name":"n\n","schedule":"* * * * *"}""", "cron error: invalid cron name: 'n\n'")]
    [InlineData("""{"name":5,"schedule":"* * * * *"}""", "'name' must be a string of Unicode text without NUL")]
    [InlineData("""{"name":"n","schedule":"* * *"}""", "cron error: invalid cron schedule: '* * *' (expected 5 fields or 'N seconds')")]
    [InlineData("""{"name":"n","schedule":"99 * * * *"}""", "cron error: invalid cron schedule: '99 * * * *' (minute must be 0-59, got: 99)")]
    [InlineData("""{"name":"n","schedule":"* * * * ; drop"}""", "cron error: invalid characters in cron schedule: '* * * * ; drop'")]
    [InlineData("""{"name":"n","schedule":"61 seconds"}""", "cron error: seconds must be 1-59, got: 61")]
    [InlineData("""{"name":"n","schedule":"x seconds"}""", "cron error: invalid seconds interval: 'x seconds'")]
    [InlineData("""{"name":"n","schedule":"* * * * *","timezone":"Nowhere"}""", "cron error: unknown time zone: 'Nowhere' (expected an IANA name such as 'Europe/Berlin')")]
    [InlineData("""{"name":"n","schedule":"* * * * *","overlapPolicy":"both"}""", "cron error: overlap_policy must be 'skip' or 'queue', got: 'both'")]
    [InlineData("""{"name":"n","schedule":"* * * * *","payload":[1]}""", "cron error: payload must be a JSON object")]
    [InlineData("""{"name":"n","schedule":"* * * * *","payload":"text"}""", "cron error: payload must be a JSON object")]
    [InlineData("""{"name":"n","schedule":"* * * * *","enabled":"yes"}""", "'enabled' must be true or false")]
    [InlineData("""{"name":"n","schedule":"* * * * *","overlap_policy":"skip"}""", "unknown field 'overlap_policy': expected name, schedule, timezone, payload, overlapPolicy, enabled")]
    public async Task A_cron_that_is_not_valid_is_refused_and_leaves_nothing(string body, string error)
    {
        var app = await AppAsync();
        using var answer = await app.SendCronAsync(JsonNode.Parse(body)!);
        await answer.AssertErrorAsync(HttpStatusCode.BadRequest, error);
        Assert.DoesNotContain(await app.CronsAsync(), cron => cron!["name"]!.GetValue<string>() == "n");
    }

    [Theory]
    [InlineData("{\"name\":\"n\",\"\\ud800\":1}", "invalid JSON: a field's name is not Unicode text without NUL")]
    [InlineData("{\"name\":\"n\",\"schedule\":\"* * * * *\",\"payload\":{\"a\":\"\u00ff\"}}", "invalid JSON: it is not UTF-8")]
    public async Task What_is_no_text_is_refused(string body, string error)
    {
        using var content = new ByteArrayContent(Encoding.Latin1.GetBytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await stack.Admin.PostAsync($"/api/v1/apps/{App.NewId()}/crons", content);
        await answer.AssertErrorAsync(HttpStatusCode.BadRequest, error);
    }

    [Theory]
    [InlineData("schedule", "\"* * * * 9\"", "cron error: invalid cron schedule: '* * * * 9' (weekday must be 0-7, got: 9)")]
    [InlineData("timezone", "\"Nowhere\"", "cron error: unknown time zone: 'Nowhere' (expected an IANA name such as 'Europe/Berlin')")]
    [InlineData("payload", "3", "cron error: payload must be a JSON object")]
    [InlineData("overlapPolicy", "\"none\"", "cron error: overlap_policy must be 'skip' or 'queue', got: 'none'")]
    [InlineData("enabled", "1", "'enabled' must be true or false")]
    [InlineData("name", "\"other\"", "cron error: the name of a cron can't be changed")]
    public async Task A_change_that_is_not_valid_is_refused_and_changes_nothing(string name, string value, string error)
    {
        var app = await AppAsync();
        var cron = await app.CronAsync(Never);
        using var answer = await app.SendChangeAsync(cron, new JsonObject { ["payload"] = new JsonObject(), [name] = JsonNode.Parse(value) });
        await answer.AssertErrorAsync(HttpStatusCode.BadRequest, error);
        Assert.Contains(await app.CronsAsync(), present => present!.ToJsonString() == cron.ToJsonString());
    }

    [Fact]
    public async Task Names_are_unique_and_apps_have_to_be_there()
    {
        var app = await AppAsync();
        var cron = await app.CronAsync(Never);
        var name = cron["name"]!.GetValue<string>();
        using var twice = await app.SendCronAsync(new JsonObject { ["name"] = name, ["schedule"] = Never });
        await twice.AssertErrorAsync(HttpStatusCode.BadRequest, $"cron error: app '{app.Id}' already has a cron named '{name}'");

        var nowhere = new App(stack.Admin, App.NewId());
        using var unknown = await nowhere.SendCronAsync(new JsonObject { ["name"] = "n", ["schedule"] = Never });
        await unknown.AssertErrorAsync(HttpStatusCode.BadRequest, $"cron error: app '{nowhere.Id}' not found");
        Assert.Empty(await nowhere.CronsAsync());

        using var noId = await app.Client.GetAsync($"{app.CronsPath()}/42/runs");
        await noId.AssertErrorAsync(HttpStatusCode.BadRequest, "invalid UUID: '42'");
        var other = Guid.NewGuid();
        using var missing = await app.Client.PostAsync($"{app.CronsPath()}/{other}/trigger");
        await missing.AssertErrorAsync(HttpStatusCode.NotFound, $"not found: cron '{other}' not found");
        using var elsewhere = await nowhere.SendDeleteAsync(cron);
        await elsewhere.AssertErrorAsync(HttpStatusCode.NotFound, $"not found: cron '{cron["id"]}' not found"); // another app's
        using var tooMany = await app.Client.GetAsync($"{app.CronPath(cron)}/runs?limit=501");
        await tooMany.AssertErrorAsync(HttpStatusCode.BadRequest, "limit must be a whole number from 1 to 500");
        using var noApp = await app.Client.GetAsync("/api/v1/apps/No-App/crons");
        await noApp.AssertErrorContainsAsync(HttpStatusCode.BadRequest, "invalid app id");
    }

    [Theory]
    [InlineData("rootcx_system")]
    [InlineData("pg_catalog")]
    [InlineData("cron")]
    public async Task System_schemas_have_no_crons(string appId)
    {
        var app = new App(stack.Admin, appId);
        using var made = await app.SendCronAsync(new JsonObject { ["name"] = "n", ["schedule"] = Never });
        await made.AssertErrorAsync(HttpStatusCode.Forbidden, $"reserved app_id: '{appId}'");
        using var listed = await app.Client.GetAsync(app.CronsPath());
        await listed.AssertErrorAsync(HttpStatusCode.Forbidden, $"reserved app_id: '{appId}'");
    }

    [Fact]
    public async Task A_payload_that_is_too_large_is_refused()
    {
        var app = await AppAsync();
        var body = new JsonObject { ["name"] = "large", ["schedule"] = Never, ["payload"] = new JsonObject { ["a"] = new string('x', (64 * 1024) - 20) } };
        using var answer = await app.SendCronAsync(body);
        await answer.AssertErrorAsync(HttpStatusCode.RequestEntityTooLarge, $"payload too large: at most {64 * 1024} bytes with the cron's id in it");
    }

    [Fact]
    public async Task Without_a_permission_nothing_is_allowed_and_each_permission_allows_its_own()
    {
        var app = await AppAsync();
        var cron = await app.CronAsync(Never);
        var user = await stack.Anonymous().RegisteredAsync();
        var other = app.As(user);
        foreach (var (action, send) in Requests())
        {
            using (var nobody = await send(app.As(stack.Anonymous())))
            {
                await nobody.AssertErrorAsync(HttpStatusCode.Unauthorized, "missing or invalid authorization header");
            }

            using var refused = await send(other);
            await refused.AssertErrorAsync(HttpStatusCode.Forbidden, $"missing app:{app.Id}:cron.{action}");
        }

        Assert.DoesNotContain((await AllAsync(user)), row => row!["appId"]!.GetValue<string>() == app.Id);
        await stack.GrantAsync(user, $"app:{app.Id}:cron.read");
        await stack.GrantAsync(user, $"app:{app.Id}:cron.write");
        await stack.GrantAsync(user, $"app:{app.Id}:cron.trigger");
        var own = await other.CronAsync(Never);

        Assert.Equal([own["id"]!.GetValue<string>()], (await other.CronsAsync()).Select(Id));
        Assert.Equal([own["id"]!.GetValue<string>()], (await AllAsync(user)).Where(row => row!["appId"]!.GetValue<string>() == app.Id).Select(Id));
        var all = await AllAsync(stack.Admin);
        Assert.Superset(new HashSet<string> { Id(own), Id(cron) }, all.Select(Id).ToHashSet());
        var order = all.Select(row => (row!["appId"]!.GetValue<string>(), row["name"]!.GetValue<string>())).ToList();
        Assert.Equal(order.OrderBy(row => row.Item1, StringComparer.Ordinal).ThenBy(row => row.Item2, StringComparer.Ordinal), order);
        foreach (var (_, send) in Requests().Skip(2))
        {
            using var refused = await send(other);
            await refused.AssertErrorAsync(HttpStatusCode.Forbidden, "not the cron owner");
        }

        await other.TriggeredAsync(own);
        using (var change = await other.SendChangeAsync(own, new JsonObject { ["createdBy"] = stack.Admin.User!["id"]!.GetValue<string>(), ["schedule"] = "@yearly" }))
        {
            Assert.Equal(user.User!["id"]!.GetValue<string>(), (await change.JsonAsync(HttpStatusCode.OK))["createdBy"]!.GetValue<string>());
        }

        await stack.GrantAsync(user, $"app:{app.Id}:cron.manage_others");
        Assert.Contains(Id(cron), (await other.CronsAsync()).Select(Id));
        await other.TriggeredAsync(cron);
        using var deleted = await other.SendDeleteAsync(cron);
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);

        List<(string Action, Func<App, Task<HttpResponseMessage>> Send)> Requests() =>
        [
            ("read", of => of.Client.GetAsync(of.CronsPath())),
            ("write", of => of.SendCronAsync(new JsonObject { ["name"] = "n", ["schedule"] = Never })),
            ("read", of => of.Client.GetAsync($"{of.CronPath(cron)}/runs")),
            ("write", of => of.SendChangeAsync(cron, new JsonObject())),
            ("write", of => of.SendDeleteAsync(cron)),
            ("trigger", of => of.Client.PostAsync($"{of.CronPath(cron)}/trigger")),
        ];
    }

    [Fact]
    public async Task A_worker_has_crons_of_its_app_that_run_for_nobody_and_may_not_touch_what_runs_for_somebody()
    {
        var app = await stack.Admin.DeployedAsync("""
            const url = (path = "") => `${process.env.ROOTCX_RUNTIME_URL}/api/v1/apps/${process.env.ROOTCX_APP_ID}/crons${path}`;
            const send = async (method, path, body) => {
              const answer = await fetch(url(path), { method, headers: { "content-type": "application/json" }, body: body && JSON.stringify(body) });
              return { status: answer.status, body: await answer.json() };
            };
            serve({
              make: () => send("POST", "", { name: "own", schedule: "@yearly" }),
              list: () => send("GET"),
              trigger: ({ id }) => send("POST", `/${id}/trigger`, {}),
              change: ({ id }) => send("PATCH", `/${id}`, { schedule: "@daily" }),
              remove: ({ id }) => send("DELETE", `/${id}`),
              everywhere: async () => (await fetch(`${process.env.ROOTCX_RUNTIME_URL}/api/v1/crons`)).status,
            });
            """);
        var ofAdmin = await app.CronAsync(Never);

        var own = (await app.RpcAsync("make"))!;
        Assert.Equal((201, null), (own["status"]!.GetValue<int>(), own["body"]!["createdBy"]));
        Assert.Equal(["own"], (await app.RpcAsync("list"))!["body"]!.AsArray().Select(cron => cron!["name"]!.GetValue<string>()));
        var refused = (await app.RpcAsync("trigger", new JsonObject { ["id"] = Id(ofAdmin) }))!;
        Assert.Equal("""{"status":403,"body":{"error":"not the cron owner"}}""", refused.ToJsonString());
        var triggered = (await app.RpcAsync("trigger", new JsonObject { ["id"] = Id(own["body"]!) }))!;
        var job = await app.JobBecomesAsync(triggered["body"]!["msgId"]!.GetValue<long>(), "completed");
        Assert.Null(job["user_id"]);
        Assert.Equal("@daily", (await app.RpcAsync("change", new JsonObject { ["id"] = Id(own["body"]!) }))!["body"]!["schedule"]!.GetValue<string>());
        Assert.Equal(200, (await app.RpcAsync("remove", new JsonObject { ["id"] = Id(own["body"]!) }))!["status"]!.GetValue<int>());
        Assert.Equal(403, (await app.RpcAsync("everywhere"))!.GetValue<int>());
    }

    [Fact]
    public async Task The_cron_of_a_user_who_is_gone_belongs_to_nobody()
    {
        var app = await stack.Admin.DeployedAsync("serve({ onJob: (payload, caller) => ({ caller: caller ?? null }) });");
        var user = await stack.Anonymous().RegisteredAsync();
        await stack.GrantAsync(user, $"app:{app.Id}:*");
        var cron = await app.As(user).CronAsync(Never);
        await using (var database = NpgsqlDataSource.Create($"{stack.Own.Description.Postgres};Search Path=rootcx_system"))
        {
            await using var delete = database.CreateCommand("delete from users where id = $1");
            delete.Parameters.AddWithValue(Guid.Parse(user.User!["id"]!.GetValue<string>()));
            Assert.Equal(1, await delete.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        }

        Assert.Null(Assert.Single(await app.CronsAsync())!["createdBy"]);
        var job = await app.JobBecomesAsync(await app.TriggeredAsync(cron), "completed");
        Assert.Equal("""{"caller":null}""", job["result"]!.ToJsonString());
    }

    private static string Id(JsonNode? row) => row!["id"]!.GetValue<string>();

    private static async Task<JsonArray> AllAsync(ApiClient client)
    {
        using var answer = await client.GetAsync("/api/v1/crons");
        return (await answer.JsonAsync(HttpStatusCode.OK)).AsArray();
    }

    private Task<App> AppAsync() => stack.Admin.DeployedAsync("serve({});");
}
