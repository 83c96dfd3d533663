using System.Net;
using System.Text.Json.Nodes;
using Npgsql;
using RootCx.Core.Collections;
using RootCx.Core.Errors;
using RootCx.Core.Manifests;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Collections;

/// <summary>Lists: bare arrays of all rows, filtered by the query string.</summary>
public sealed class ListTests(PlatformStack stack)
{
    private static readonly string[] Fields = ["name", """{"name":"n","type":"number"}""", """{"name":"d","type":"date"}""", """{"name":"j","type":"json"}""", """{"name":"tags","type":"[text]"}"""];

    [Fact]
    public async Task An_empty_collection_is_an_empty_array()
    {
        var rows = await Collection.InstalledAsync(stack.Admin, "rows", Fields);
        using var answer = await stack.Admin.GetAsync(rows.Path);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("[]", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task All_rows_come_unless_a_limit_is_asked_for()
    {
        var rows = await Collection.InstalledAsync(stack.Admin, "rows", Fields);
        for (var batch = 0; batch < 3; batch++)
        {
            await rows.CreateManyAsync($"[{string.Join(',', Enumerable.Range(batch * 1000, 1000).Select(n => $$"""{"n":{{n}},"name":"{{new string('x', 100)}}"}"""))}]");
        }

        Assert.Equal(3000, (await rows.ListAsync()).Select(row => row!["id"]!.ToString()).Distinct().Count());
        Assert.Equal(1000, (await rows.ListAsync("?limit=5000")).Count);
        Assert.Single(await rows.ListAsync("?limit=-3"));
        Assert.Equal(100, (await rows.ListAsync("?limit=many")).Count);
        Assert.Equal(["2997", "2998", "2999"], (await rows.ListAsync("?sort=n&order=asc&offset=2997")).Select(row => row!["n"]!.ToString()));
        Assert.Equal(3, (await rows.ListAsync("?limit=3&offset=nope")).Count);
    }

    [Fact]
    public async Task Parameters_are_conditions_and_order_as_documented()
    {
        var rows = await Collection.InstalledAsync(stack.Admin, "rows", Fields);
        foreach (var row in new[] { """{"name":"a","n":1,"d":"2026-01-01"}""", """{"name":"b","n":2,"d":"2026-01-02"}""", """{"name":"x'; --","n":2}""" })
        {
            await rows.CreateAsync(row);
        }

        Assert.Equal(["a"], Names(await rows.ListAsync("?name=a")));
        Assert.Equal(["x'; --", "b"], Names(await rows.ListAsync("?n=2")));
        Assert.Equal(["b"], Names(await rows.ListAsync("?n=2.0&d=2026-01-02")));
        Assert.Equal(["x'; --"], Names(await rows.ListAsync($"?name={Uri.EscapeDataString("x'; --")}")));
        Assert.Equal(["x'; --", "b", "a"], Names(await rows.ListAsync("?sort=nope&order=sideways")));
        Assert.Equal(["a", "b", "x'; --"], Names(await rows.ListAsync("?sort=name&order=ASC")));
        Assert.Equal(["x'; --", "b", "a"], Names(await rows.ListAsync("?sort=name&order=desc")));
        var id = (await rows.ListAsync("?name=a"))[0]!["id"]!;
        Assert.Equal(["a"], Names(await rows.ListAsync($"?id={id}")));
    }

    [Theory]
    [InlineData("?nope=1", "unknown field 'nope' in entity 'rows'")]
    [InlineData("?n=many", "'n' must be a finite number")]
    [InlineData("?n=", "'n' must be a finite number")]
    [InlineData("?n=Infinity", "'n' must be a finite number")]
    [InlineData("?d=today", "'d' must be a date such as 2026-03-15")]
    [InlineData("?id=1", "'id' must be a UUID")]
    [InlineData("?j=1", "'j' can't be compared with a text: use POST …/query")]
    [InlineData("?tags=a", "'tags' can't be compared with a text: use POST …/query")]
    [InlineData("?name=a&name=b", "'name' is given twice: use POST …/query with $in")]
    [InlineData("?name=%00", "'name' must be text without NUL")]
    [InlineData("?n%22%20or%201=1", "unknown field 'n\" or 1' in entity 'rows'")]
    public async Task Parameters_that_can_t_be_are_named(string query, string error)
    {
        var rows = await Collection.InstalledAsync(stack.Admin, "rows", Fields);
        await (await stack.Admin.GetAsync(rows.Path + query)).AssertErrorAsync(HttpStatusCode.BadRequest, error);
    }

    [Fact]
    public async Task A_list_that_breaks_off_in_the_middle_is_not_taken_for_whole()
    {
        var rows = await Collection.InstalledAsync(stack.Admin, "rows", Fields);
        for (var batch = 0; batch < 20; batch++)
        {
            await rows.CreateManyAsync($"[{string.Join(',', Enumerable.Repeat($$"""{"name":"{{new string('x', 1000)}}"}""", 1000))}]");
        }

        using var answer = await stack.Admin.SendAsync(new HttpRequestMessage(HttpMethod.Get, rows.Path), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await using (var database = NpgsqlDataSource.Create(stack.Own.Description.Postgres))
        {
            await using var end = database.CreateCommand($"select count(pg_terminate_backend(pid)) from pg_stat_activity where state = 'active' and query like '%\"{rows.App.Id}\"%' and pid <> pg_backend_pid()");
            Assert.Equal(1L, await end.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        }

        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await using var body = await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
            await body.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);
        });
    }

    [Fact]
    public async Task A_list_may_be_bounded_and_is_refused_then_rather_than_cut()
    {
        await using var platform = await EmptyPlatform.CreateAsync(stack, new Dictionary<string, string?> { ["Collections:MostListRows"] = "3" });
        await using var database = NpgsqlDataSource.Create(platform.ConnectionString);
        await using var make = database.CreateCommand(
            "create schema app; create table app.rows (id uuid primary key default gen_random_uuid(), created_at timestamptz default now(), updated_at timestamptz default now()); insert into app.rows select from generate_series(1, 4)");
        await make.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        var table = new EntityTable("app", new Entity("rows", []));
        var reader = platform.Get<RowReader>();

        var refused = await Assert.ThrowsAsync<RefusedException>(() => ListAsync());
        Assert.Equal("there are more than 3 records: ask for them with limit and offset, or with a cursor", refused.Message);
        Assert.Equal(4, await ListAsync(("limit", "100")));
        Assert.Equal(3, await ListAsync(("offset", "1")));

        Task<long> ListAsync(params (string Name, string Value)[] query) => reader.ListAsync(
            table,
            new ListRequest(table.Entity, query.Select(pair => KeyValuePair.Create(pair.Name, pair.Value)), LinkedApps.None),
            (_, _) => ValueTask.CompletedTask,
            TestContext.Current.CancellationToken);
    }

    private static string[] Names(JsonArray rows) => [.. rows.Select(row => row!["name"]!.ToString())];
}
