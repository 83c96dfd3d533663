using System.Net;
using System.Text.Json.Nodes;
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

    private static string[] Names(JsonArray rows) => [.. rows.Select(row => row!["name"]!.ToString())];
}
