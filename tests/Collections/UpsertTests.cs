using System.Net;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Collections;

/// <summary>Rows that are made or, if they are there, changed.</summary>
public sealed class UpsertTests(PlatformStack stack)
{
    [Fact]
    public async Task A_row_is_made_once_and_changed_after_that()
    {
        var people = await PeopleAsync();
        var made = await (await people.SendAsync("""{"email":"a@example.com","name":"Ada","visits":1}""", "?onConflict=email")).JsonAsync(HttpStatusCode.Created);
        var changed = await (await people.SendAsync("""{"email":"a@example.com","visits":2}""", "?onConflict=email")).JsonAsync(HttpStatusCode.OK);
        Assert.Equal(made["id"]!.ToString(), changed["id"]!.ToString());
        Assert.Equal(["Ada", "2"], [changed["name"]!.ToString(), changed["visits"]!.ToString()]);
        Assert.True(string.CompareOrdinal(changed["updated_at"]!.ToString(), made["updated_at"]!.ToString()) > 0);
        Assert.Single(await people.ListAsync());
    }

    [Fact]
    public async Task Many_at_once_make_one_row()
    {
        var people = await PeopleAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(n => people.SendAsync($$"""{"email":"a@example.com","visits":{{n}}}""", "?onConflict=email")));
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.Equal(15, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        Assert.Single(await people.ListAsync());
    }

    [Fact]
    public async Task A_batch_makes_and_changes()
    {
        var people = await PeopleAsync();
        await people.CreateAsync("""{"email":"a@example.com","name":"Ada"}""");
        var rows = (await (await people.SendAsync("""[{"email":"a@example.com","visits":1},{"email":"b@example.com","visits":2}]""", "/bulk?onConflict=email")).JsonAsync(HttpStatusCode.Created)).AsArray();
        Assert.Equal(["Ada", null], rows.Select(row => row!["name"]?.ToString()));
        await (await people.SendAsync("""[{"email":"c@example.com"},{"email":"c@example.com"}]""", "/bulk?onConflict=email"))
            .AssertErrorAsync(HttpStatusCode.BadRequest, "two records of the batch have the same values in the fields of onConflict");
        Assert.Equal(2, (await people.ListAsync()).Count);
    }

    [Fact]
    public async Task A_batch_whose_records_have_different_fields_is_refused_since_it_would_overwrite_what_they_lack()
    {
        var people = await PeopleAsync();
        await people.CreateAsync("""{"email":"a@example.com","name":"Ada"}""");
        await (await people.SendAsync("""[{"email":"a@example.com","visits":1},{"email":"b@example.com","name":"Bob"}]""", "/bulk?onConflict=email"))
            .AssertErrorAsync(HttpStatusCode.BadRequest, "with onConflict all records must have the same fields: records[1] has others than records[0]");
        Assert.Equal("Ada", Assert.Single(await people.ListAsync())!["name"]!.ToString());
    }

    [Fact]
    public async Task An_expected_state_is_for_changes_of_a_known_record()
    {
        var people = await PeopleAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{people.Path}?onConflict=email") { Content = new StringContent("""{"email":"a"}""", System.Text.Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("If-Match", "\"2026-01-01\"");
        await (await stack.Admin.SendAsync(request)).AssertErrorContainsAsync(HttpStatusCode.BadRequest, "If-Match can't be combined with onConflict");
        await (await people.As(stack.Anonymous()).SendAsync("{}", "?onConflict=")).JsonAsync(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Several_fields_may_be_unique_together()
    {
        var manifest = Collection.Manifest(App.NewId(), ("seats", ["row", "place", "guest"]));
        manifest["dataContract"]![0]!["indexes"] = System.Text.Json.Nodes.JsonNode.Parse("""[{"columns":["row","place"],"unique":true}]""");
        var seats = new Collection(await stack.Admin.InstalledAsync(manifest), "seats");
        await seats.CreateAsync("""{"row":"A","place":"1","guest":"Ada"}""");
        var changed = await (await seats.SendAsync("""{"row":"A","place":"1","guest":"Bob"}""", "?onConflict=place,row")).JsonAsync(HttpStatusCode.OK);
        Assert.Equal("Bob", changed["guest"]!.ToString());
        await (await seats.SendAsync("""{"row":"A","place":"1"}""")).AssertErrorAsync(HttpStatusCode.Conflict, "another record of 'seats' has the same row, place");
    }

    [Theory]
    [InlineData("?onConflict=name", "onConflict: there is no unique constraint on exactly these fields")]
    [InlineData("?onConflict=nope", "unknown field 'nope' in entity 'people': onConflict")]
    [InlineData("?onConflict=", "onConflict must name fields that a unique constraint is on, with commas between")]
    [InlineData("?onConflict=email,name", "onConflict: there is no unique constraint on exactly these fields")]
    [InlineData("?onConflict=email)%20do%20nothing;--", "unknown field 'email) do nothing;--' in entity 'people': onConflict")]
    public async Task Fields_without_a_constraint_are_refused(string query, string error)
    {
        var people = await PeopleAsync();
        await (await people.SendAsync("""{"email":"a@example.com"}""", query)).AssertErrorAsync(HttpStatusCode.BadRequest, error);
        Assert.Empty(await people.ListAsync());
    }

    private Task<Collection> PeopleAsync() => Collection.InstalledAsync(
        stack.Admin, "people", """{"name":"email","type":"text","required":true,"unique":true}""", "name", """{"name":"visits","type":"number"}""");
}
