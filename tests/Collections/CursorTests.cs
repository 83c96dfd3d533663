using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Collections;

/// <summary>Pages by cursor.</summary>
public sealed class CursorTests(PlatformStack stack)
{
    [Theory]
    [InlineData("n", "asc")]
    [InlineData("n", "desc")]
    [InlineData("name", "asc")]
    [InlineData("name", "desc")]
    [InlineData("id", "asc")]
    [InlineData("created_at", "desc")]
    [InlineData("must", "asc")]
    public async Task Every_row_comes_once_in_order_whatever_the_field_holds(string orderBy, string order)
    {
        var rows = await FilledAsync();
        var whole = (await rows.QueryAsync($$"""{"orderBy":"{{orderBy}}","order":"{{order}}","limit":1000}"""))["data"]!.AsArray();
        Assert.Equal(Ids(whole), await WalkAsync(rows, $"\"orderBy\":\"{orderBy}\",\"order\":\"{order}\",", limit: 7));
    }

    [Fact]
    public async Task Rows_that_come_and_go_in_between_do_not_shift_pages()
    {
        var rows = await FilledAsync();
        var before = Ids((await rows.QueryAsync("""{"orderBy":"name","order":"asc","limit":1000}"""))["data"]!.AsArray());
        var first = await rows.QueryAsync("""{"cursor":null,"orderBy":"name","order":"asc","limit":10}""");
        await rows.DeleteAsync(before[0]);
        await rows.CreateAsync("""{"name":"","must":"x"}""");
        var second = await rows.QueryAsync($$"""{"cursor":"{{first["nextCursor"]}}","orderBy":"name","order":"asc","limit":10}""");
        Assert.Equal(before[10..20], Ids(second["data"]!.AsArray()));
    }

    [Fact]
    public async Task Conditions_and_selected_fields_go_with_it()
    {
        var rows = await FilledAsync();
        var page = await rows.QueryAsync("""{"cursor":null,"where":{"n":3},"select":["n"],"limit":2}""");
        Assert.Equal("""[{"n":3},{"n":3}]""", page["data"]!.ToJsonString());
        Assert.Equal(["data", "nextCursor"], page.AsObject().Select(property => property.Key));
        Assert.Equal(10, (await WalkAsync(rows, "\"where\":{\"n\":3},", limit: 3)).Length);
    }

    [Fact]
    public async Task A_cursor_of_another_order_is_refused()
    {
        var rows = await FilledAsync();
        var cursor = (await rows.QueryAsync("""{"cursor":null,"orderBy":"n","limit":3}"""))["nextCursor"]!;
        await rows.AssertQueryRefusedAsync($$"""{"cursor":"{{cursor}}","orderBy":"name"}""", "invalid cursor: it belongs to another order");
        await rows.AssertQueryRefusedAsync($$"""{"cursor":"{{cursor}}","orderBy":"n","order":"asc"}""", "invalid cursor: it belongs to another order");
        var forged = Convert.ToBase64String("""["n","desc","'; drop table rows; --","x"]"""u8).TrimEnd('=');
        await rows.AssertQueryRefusedAsync($$"""{"cursor":"{{forged}}","orderBy":"n"}""", "invalid input syntax");
    }

    private static string[] Ids(JsonArray rows) => [.. rows.Select(row => row!["id"]!.ToString())];

    private static async Task<string[]> WalkAsync(Collection rows, string query, int limit)
    {
        var ids = new List<string>();
        for (string? cursor = null; ;)
        {
            var page = await rows.QueryAsync($$"""{ {{query}} "limit":{{limit}},"cursor":{{(cursor is null ? "null" : $"\"{cursor}\"")}}}""");
            var data = page["data"]!.AsArray();
            Assert.InRange(data.Count, 0, limit);
            ids.AddRange(Ids(data));
            cursor = page["nextCursor"]?.ToString();
            if (cursor is null)
            {
                return [.. ids];
            }

            Assert.Equal(limit, data.Count);
        }
    }

    private async Task<Collection> FilledAsync()
    {
        var rows = await Collection.InstalledAsync(stack.Admin, "rows", "name", """{"name":"n","type":"number"}""", """{"name":"must","type":"text","required":true}""");
        await rows.CreateManyAsync($"[{string.Join(',', Enumerable.Range(0, 50).Select(i => $$"""{"name":{{(i % 4 == 0 ? "null" : $"\"x{i % 9}\"")}},"n":{{(i % 5 == 4 ? "null" : $"{i % 5}")}},"must":"m{{i % 3}}"}"""))}]");
        return rows;
    }
}
