using System.Net;
using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Collections;

/// <summary>Single records: made, read, changed, deleted.</summary>
public sealed class RecordTests(PlatformStack stack)
{
    [Fact]
    public async Task A_record_comes_back_whole_with_id_and_both_times()
    {
        var deals = await Collection.InstalledAsync(stack.Admin, "deals", "title", """{"name":"amount","type":"number"}""");
        var made = await deals.CreateAsync("""{"title":"First"}""");
        Assert.Equal(["id", "title", "amount", "created_at", "updated_at"], made.AsObject().Select(property => property.Key));
        Assert.True(Guid.TryParse(made["id"]!.ToString(), out _));
        Assert.Null(made["amount"]);
        Assert.EndsWith("+00:00", made["created_at"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal(made["created_at"]!.ToString(), made["updated_at"]!.ToString());
        Assert.True(JsonNode.DeepEquals(made, await (await deals.GetAsync(made["id"]!)).JsonAsync(HttpStatusCode.OK)));
    }

    [Fact]
    public async Task A_change_keeps_other_fields_and_moves_the_time_on()
    {
        var deals = await Collection.InstalledAsync(stack.Admin, "deals", "title", "stage");
        var made = await deals.CreateAsync("""{"title":"First","stage":"lead"}""");
        var changed = await (await deals.PatchAsync(made["id"]!, """{"stage":null}""")).JsonAsync(HttpStatusCode.OK);
        Assert.Equal("First", changed["title"]!.ToString());
        Assert.Null(changed["stage"]);
        Assert.Equal(made["created_at"]!.ToString(), changed["created_at"]!.ToString());
        Assert.True(string.CompareOrdinal(changed["updated_at"]!.ToString(), made["updated_at"]!.ToString()) > 0);
    }

    [Fact]
    public async Task What_the_system_sets_is_dropped_from_what_is_written()
    {
        var deals = await Collection.InstalledAsync(stack.Admin, "deals", "title");
        var id = Guid.NewGuid();
        var made = await deals.CreateAsync($$"""{"title":"First","id":"{{id}}","created_at":"2001-01-01T00:00:00Z"}""");
        Assert.NotEqual(id.ToString(), made["id"]!.ToString());
        Assert.DoesNotContain("2001", made["created_at"]!.ToString(), StringComparison.Ordinal);

        var touched = await (await deals.PatchAsync(made["id"]!, """{"updated_at":"2001-01-01T00:00:00Z"}""")).JsonAsync(HttpStatusCode.OK);
        Assert.True(string.CompareOrdinal(touched["updated_at"]!.ToString(), made["updated_at"]!.ToString()) > 0);
        await (await deals.SendAsync("""{"created_at":"2001-01-01T00:00:00Z"}""")).AssertErrorAsync(HttpStatusCode.BadRequest, "body must contain at least one writable field");
    }

    [Fact]
    public async Task A_deleted_record_is_gone()
    {
        var deals = await Collection.InstalledAsync(stack.Admin, "deals", "title");
        var id = (await deals.CreateAsync("""{"title":"First"}"""))["id"]!;
        var answer = await (await deals.DeleteAsync(id)).JsonAsync(HttpStatusCode.OK);
        Assert.Equal($"record '{id}' deleted", answer["message"]!.ToString());
        await (await deals.GetAsync(id)).AssertErrorAsync(HttpStatusCode.NotFound, $"record '{id}' not found");
        await (await deals.DeleteAsync(id)).AssertErrorAsync(HttpStatusCode.NotFound, $"record '{id}' not found");
        await (await deals.PatchAsync(id, """{"title":"x"}""")).AssertErrorAsync(HttpStatusCode.NotFound, $"record '{id}' not found");
    }

    [Theory]
    [InlineData("[]", "body must be a JSON object")]
    [InlineData("{}", "body must not be empty")]
    [InlineData("""{"nope":1}""", "unknown field 'nope' in entity 'deals'")]
    [InlineData("""{"title":"x","\ud800":1}""", "invalid JSON: a field's name is not Unicode text without NUL")]
    public async Task A_body_that_is_none_is_refused(string json, string error)
    {
        var deals = await Collection.InstalledAsync(stack.Admin, "deals", "title");
        await (await deals.SendAsync(json)).AssertErrorAsync(HttpStatusCode.BadRequest, error);
        var id = (await deals.CreateAsync("""{"title":"First"}"""))["id"]!;
        await (await deals.PatchAsync(id, json)).AssertErrorAsync(HttpStatusCode.BadRequest, error);
        Assert.Single(await deals.ListAsync());
    }

    [Fact]
    public async Task Ids_and_entities_that_there_are_not_are_named()
    {
        var deals = await Collection.InstalledAsync(stack.Admin, "deals", "title");
        await (await deals.GetAsync("12")).AssertErrorAsync(HttpStatusCode.BadRequest, "invalid UUID: '12'");
        await (await deals.DeleteAsync("x'; drop table deals; --")).AssertErrorContainsAsync(HttpStatusCode.BadRequest, "invalid UUID");
        var other = deals.Other("nope");
        await (await stack.Admin.GetAsync(other.Path)).AssertErrorAsync(HttpStatusCode.NotFound, $"entity 'nope' not found in app '{deals.App.Id}'");
        await (await stack.Admin.GetAsync(deals.Other("core:users").Path)).AssertErrorContainsAsync(HttpStatusCode.NotFound, "core:users");
        await (await stack.Admin.GetAsync($"/api/v1/apps/{App.NewId()}/collections/deals")).AssertErrorContainsAsync(HttpStatusCode.NotFound, "entity 'deals' not found in app");
    }

    [Theory]
    [InlineData("rootcx_system")]
    [InlineData("pg_catalog")]
    [InlineData("information_schema")]
    [InlineData("pg_toast")]
    public async Task Schemas_of_the_system_are_blocked(string schema)
    {
        await (await stack.Admin.GetAsync($"/api/v1/apps/{schema}/collections/users")).AssertErrorAsync(HttpStatusCode.Forbidden, $"access to schema '{schema}' is blocked");
        await (await stack.Anonymous().GetAsync($"/api/v1/apps/{schema}/collections/users")).JsonAsync(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Each_action_takes_its_own_permission()
    {
        var deals = await Collection.InstalledAsync(stack.Admin, "deals", "title");
        var id = (await deals.CreateAsync("""{"title":"First"}"""))["id"]!;
        var user = await stack.Anonymous().RegisteredAsync();
        var theirs = deals.As(user);
        await AssertForbiddenAsync(() => user.GetAsync(deals.Path), "read");
        await AssertForbiddenAsync(() => theirs.GetAsync(id), "read");
        await AssertForbiddenAsync(() => theirs.SendAsync("{}", "/query"), "read");
        await AssertForbiddenAsync(() => theirs.SendAsync("""{"title":"x"}"""), "create");
        await AssertForbiddenAsync(() => theirs.SendAsync("""[{"title":"x"}]""", "/bulk"), "create");
        await AssertForbiddenAsync(() => theirs.PatchAsync(id, """{"title":"x"}"""), "update");
        await AssertForbiddenAsync(() => theirs.DeleteAsync(id), "delete");

        await stack.GrantAsync(user, $"app:{deals.App.Id}:deals.create");
        await theirs.CreateAsync("""{"title":"Second"}""");
        await AssertForbiddenAsync(() => theirs.SendAsync("""{"title":"x"}""", "?onConflict=title"), "update");
        await AssertForbiddenAsync(() => theirs.PatchAsync(id, """{"title":"x"}"""), "update");
        await stack.GrantAsync(user, $"app:{deals.App.Id}:*");
        await (await theirs.PatchAsync(id, """{"title":"x"}""")).JsonAsync(HttpStatusCode.OK);
        await (await theirs.DeleteAsync(id)).JsonAsync(HttpStatusCode.OK);

        async Task AssertForbiddenAsync(Func<Task<HttpResponseMessage>> call, string action) =>
            await (await call()).AssertErrorAsync(HttpStatusCode.Forbidden, $"permission denied: app:{deals.App.Id}:deals.{action}");
    }

    [Fact]
    public async Task Permission_is_looked_at_before_the_body()
    {
        var deals = await Collection.InstalledAsync(stack.Admin, "deals", "title");
        var user = await stack.Anonymous().RegisteredAsync();
        await (await deals.As(user).SendAsync("not JSON")).JsonAsync(HttpStatusCode.Forbidden);
        await (await deals.As(user).Other("nope").SendAsync("not JSON")).JsonAsync(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_change_meant_for_an_earlier_state_is_not_made()
    {
        var deals = await Collection.InstalledAsync(stack.Admin, "deals", "title");
        var made = await deals.CreateAsync("""{"title":"First"}""");
        var id = made["id"]!;
        using var read = await deals.GetAsync(id);
        var tag = read.Headers.ETag!.ToString();
        Assert.Equal($"\"{made["updated_at"]}\"", tag);

        using var changed = await deals.PatchAsync(id, """{"title":"Second"}""", tag);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        await (await deals.PatchAsync(id, """{"title":"Third"}""", tag)).AssertErrorAsync(HttpStatusCode.PreconditionFailed, $"record '{id}' has changed since: read it again");
        await (await deals.DeleteAsync(id, tag)).JsonAsync(HttpStatusCode.PreconditionFailed);
        await (await deals.DeleteAsync(id, "\"no time\"")).JsonAsync(HttpStatusCode.PreconditionFailed);
        await (await deals.DeleteAsync(id, $"W/{changed.Headers.ETag}")).JsonAsync(HttpStatusCode.PreconditionFailed);
        Assert.Equal("Second", (await (await deals.GetAsync(id)).JsonAsync(HttpStatusCode.OK))["title"]!.ToString());

        await (await deals.PatchAsync(id, """{"title":"Fourth"}""", "*")).JsonAsync(HttpStatusCode.OK);
        await (await deals.PatchAsync(Guid.NewGuid().ToString(), """{"title":"x"}""", tag)).JsonAsync(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Of_many_changes_meant_for_one_state_one_is_made()
    {
        var deals = await Collection.InstalledAsync(stack.Admin, "deals", """{"name":"count","type":"number"}""");
        var made = await deals.CreateAsync("""{"count":0}""");
        var answers = await Task.WhenAll(Enumerable.Range(1, 16).Select(n => deals.PatchAsync(made["id"]!, $$"""{"count":{{n}}}""", $"\"{made["updated_at"]}\"")));
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.Equal(15, answers.Count(answer => answer.StatusCode == HttpStatusCode.PreconditionFailed));
    }

    [Fact]
    public async Task Each_change_has_a_time_of_its_own()
    {
        var deals = await Collection.InstalledAsync(stack.Admin, "deals", "title");
        var id = (await deals.CreateAsync("""{"title":"First"}"""))["id"]!;
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => deals.PatchAsync(id, $$"""{"title":"{{n}}"}""")));
        var times = await Task.WhenAll(answers.Select(async answer => (await answer.JsonAsync(HttpStatusCode.OK))["updated_at"]!.ToString()));
        Assert.Equal(20, times.Distinct().Count());
    }

    [Fact]
    public async Task A_body_of_more_than_2_MiB_is_refused()
    {
        var deals = await Collection.InstalledAsync(stack.Admin, "deals", "title");
        using var answer = await deals.SendAsync($$"""{"title":"{{new string('x', 2 * 1024 * 1024)}}"}""");
        await answer.AssertErrorContainsAsync(HttpStatusCode.RequestEntityTooLarge, "at most 2097152 bytes");
        var almost = await deals.CreateAsync($$"""{"title":"{{new string('x', (2 * 1024 * 1024) - 100)}}"}""");
        Assert.Equal((2 * 1024 * 1024) - 100, almost["title"]!.ToString().Length);
    }

    [Fact]
    public async Task An_id_of_another_type_is_written_by_the_client()
    {
        var countries = await Collection.InstalledAsync(stack.Admin, "countries", """{"name":"id","type":"text"}""", "title");
        var made = await countries.CreateAsync("""{"id":"de","title":"Germany"}""");
        Assert.Equal("de", made["id"]!.ToString());
        await (await countries.SendAsync("""{"title":"Nowhere"}""")).AssertErrorAsync(HttpStatusCode.BadRequest, "'id' is required");
        await (await countries.SendAsync("""{"id":"de","title":"Again"}""")).AssertErrorAsync(HttpStatusCode.Conflict, "another record of 'countries' has the same id");
        var changed = await (await countries.PatchAsync("de", """{"id":"xx","title":"Deutschland"}""")).JsonAsync(HttpStatusCode.OK);
        Assert.Equal(["de", "Deutschland"], [changed["id"]!.ToString(), changed["title"]!.ToString()]);
    }

    [Fact]
    public async Task Constraints_are_told_with_their_fields()
    {
        var users = await Collection.InstalledAsync(
            stack.Admin,
            "people",
            """{"name":"email","type":"text","required":true,"unique":true}""",
            """{"name":"stage","type":"text","enum_values":["lead","won"]}""");
        await users.CreateAsync("""{"email":"a@example.com","stage":"lead"}""");
        await (await users.SendAsync("""{"email":"a@example.com"}""")).AssertErrorAsync(HttpStatusCode.Conflict, "another record of 'people' has the same email");
        await (await users.SendAsync("""{"stage":"lead"}""")).AssertErrorAsync(HttpStatusCode.BadRequest, "'email' is required");
        await (await users.SendAsync("""{"email":"b@example.com","stage":"nope"}""")).AssertErrorAsync(HttpStatusCode.BadRequest, "'stage' must be one of lead, won");
        Assert.Single(await users.ListAsync());
    }

    [Fact]
    public async Task Links_hold_as_their_rules_say()
    {
        var app = await stack.Admin.InstalledAsync(Collection.Manifest(
            App.NewId(),
            ("companies", ["title"]),
            ("contacts", ["""{"name":"company","type":"entity_link","required":true,"references":{"entity":"companies","field":"id"}}"""]),
            ("notes", ["""{"name":"company","type":"entity_link","references":{"entity":"companies","field":"id"},"onDelete":"cascade"}"""]),
            ("visits", ["""{"name":"company","type":"entity_link","references":{"entity":"companies","field":"id"}}"""])));
        var companies = new Collection(app, "companies");
        var company = (await companies.CreateAsync("""{"title":"Acme"}"""))["id"]!;
        var contact = (await companies.Other("contacts").CreateAsync($$"""{"company":"{{company}}"}"""))["id"]!;
        await companies.Other("notes").CreateAsync($$"""{"company":"{{company}}"}""");
        await companies.Other("visits").CreateAsync($$"""{"company":"{{company}}"}""");

        await (await companies.Other("notes").SendAsync($$"""{"company":"{{Guid.NewGuid()}}"}""")).AssertErrorContainsAsync(HttpStatusCode.Conflict, "foreign key constraint violated: ");
        await (await companies.DeleteAsync(company)).AssertErrorContainsAsync(HttpStatusCode.Conflict, "foreign key constraint violated: ");
        await (await companies.Other("contacts").DeleteAsync(contact)).JsonAsync(HttpStatusCode.OK);
        await (await companies.DeleteAsync(company)).JsonAsync(HttpStatusCode.OK);
        Assert.Empty(await companies.Other("notes").ListAsync());
        Assert.Null((await companies.Other("visits").ListAsync())[0]!["company"]);
    }

    [Fact]
    public async Task A_user_that_records_must_point_to_stays_until_they_are_gone()
    {
        var tasks = await Collection.InstalledAsync(stack.Admin, "tasks", """{"name":"owner","type":"entity_link","required":true,"references":{"entity":"core:users"}}""");
        var user = await stack.Anonymous().RegisteredAsync();
        var path = $"/api/v1/users/{user.User!["id"]}";
        var task = await tasks.CreateAsync($$"""{"owner":"{{user.User["id"]}}"}""");
        await (await stack.Admin.SendAsync(new HttpRequestMessage(HttpMethod.Delete, path)))
            .AssertErrorContainsAsync(HttpStatusCode.Conflict, $"cannot delete a user that records of 'tasks' in app '{tasks.App.Id}' have to point to");
        await (await tasks.DeleteAsync(task["id"]!)).JsonAsync(HttpStatusCode.OK);
        await (await stack.Admin.SendAsync(new HttpRequestMessage(HttpMethod.Delete, path))).JsonAsync(HttpStatusCode.OK);
    }
}
