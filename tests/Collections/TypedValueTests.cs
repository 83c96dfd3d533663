using System.Net;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Collections;

/// <summary>What values of each type may look like, and what can't be one.</summary>
public sealed class TypedValueTests(PlatformStack stack)
{
    private static readonly string[] Fields =
    [
        "t", """{"name":"n","type":"number"}""", """{"name":"b","type":"boolean"}""", """{"name":"d","type":"date"}""", """{"name":"ts","type":"timestamp"}""",
        """{"name":"j","type":"json"}""", """{"name":"u","type":"uuid"}""", """{"name":"ta","type":"[text]"}""", """{"name":"na","type":"[number]"}""", """{"name":"f","type":"file"}""",
        """{"name":"o","type":"something_else"}""",
    ];

    [Theory]
    [InlineData("n", "42.5", "42.5")]
    [InlineData("n", "\"42.5\"", "42.5")]
    [InlineData("n", "true", "1")]
    [InlineData("n", "-0.1e3", "-100")]
    [InlineData("b", "true", "true")]
    [InlineData("b", "\"true\"", "true")]
    [InlineData("b", "\"0\"", "false")]
    [InlineData("b", "2", "true")]
    [InlineData("b", "0", "false")]
    [InlineData("d", "\"2026-03-15\"", "\"2026-03-15\"")]
    [InlineData("d", "\"0001-01-01\"", "\"0001-01-01\"")]
    [InlineData("d", "\"9999-12-31\"", "\"9999-12-31\"")]
    [InlineData("ts", "\"0001-01-01T00:00:00Z\"", "\"0001-01-01T00:00:00+00:00\"")]
    [InlineData("ts", "\"9999-12-31T23:59:59.999999Z\"", "\"9999-12-31T23:59:59.999999+00:00\"")]
    [InlineData("ts", "\"2026-03-15T10:30:00Z\"", "\"2026-03-15T10:30:00+00:00\"")]
    [InlineData("ts", "\"2026-03-15T10:30:00.123456789+02:00\"", "\"2026-03-15T08:30:00.123456+00:00\"")]
    [InlineData("ts", "\"2026-03-15 10:30\"", "\"2026-03-15T10:30:00+00:00\"")]
    [InlineData("ts", "\"2026-03-15\"", "\"2026-03-15T00:00:00+00:00\"")]
    [InlineData("j", """{"a":[1,{"b":null}],"c":"x"}""", """{"a": [1, {"b": null}], "c": "x"}""")]
    [InlineData("j", "\"text\"", "\"text\"")]
    [InlineData("j", "12.50", "12.50")]
    [InlineData("u", "\"2F1E8A52-97A7-4C8A-9E31-0C1A4B5D6E7F\"", "\"2f1e8a52-97a7-4c8a-9e31-0c1a4b5d6e7f\"")]
    [InlineData("ta", """["a","b,c","\"q\"","\\"]""", """["a","b,c","\"q\"","\\"]""")]
    [InlineData("ta", "[]", "[]")]
    [InlineData("na", "[1,2.5,-3]", "[1,2.5,-3]")]
    [InlineData("t", "\"2026-03-15\"", "\"2026-03-15\"")]
    [InlineData("t", "42", "\"42\"")]
    [InlineData("t", "{\"a\": 1}", "\"{\\\"a\\\": 1}\"")]
    [InlineData("t", "\"'; drop table rows; --\"", "\"'; drop table rows; --\"")]
    [InlineData("f", "\"file-id\"", "\"file-id\"")]
    [InlineData("o", "\"x\"", "\"x\"")]
    [InlineData("n", "null", "null")]
    [InlineData("ta", "null", "null")]
    [InlineData("j", "null", "null")]
    public async Task A_value_is_taken_in_each_of_its_forms(string field, string sent, string kept)
    {
        var rows = await Collection.InstalledAsync(stack.Admin, "rows", Fields);
        using var one = await rows.SendAsync($$"""{"{{field}}":{{sent}},"t":{{(field == "t" ? sent : "\"x\"")}}}""");
        Assert.Equal(HttpStatusCode.Created, one.StatusCode);
        Assert.Contains($"\"{field}\":{kept},", await one.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        using var many = await rows.SendAsync($$"""[{"{{field}}":{{sent}},"t":{{(field == "t" ? sent : "\"x\"")}}}]""", "/bulk");
        Assert.Equal(HttpStatusCode.Created, many.StatusCode);
        Assert.Contains($"\"{field}\":{kept},", await many.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("n", "\"many\"", "'n' must be a finite number")]
    [InlineData("n", "\"NaN\"", "'n' must be a finite number")]
    [InlineData("n", "\"Infinity\"", "'n' must be a finite number")]
    [InlineData("n", "1e999", "'n' must be a finite number")]
    [InlineData("n", "{}", "'n' must be a finite number")]
    [InlineData("n", "[1]", "'n' must be a finite number")]
    [InlineData("b", "\"yes\"", "'b' must be true or false")]
    [InlineData("b", "[]", "'b' must be true or false")]
    [InlineData("d", "\"2026-02-30\"", "'d' must be a date such as 2026-03-15")]
    [InlineData("d", "\"10000-01-01\"", "'d' must be a date such as 2026-03-15")]
    [InlineData("d", "20260315", "'d' must be a date such as 2026-03-15")]
    [InlineData("ts", "\"yesterday\"", "'ts' must be a time such as 2026-03-15T10:30:00Z")]
    [InlineData("ts", "\"2026-03-15T25:00:00Z\"", "'ts' must be a time such as 2026-03-15T10:30:00Z")]
    [InlineData("ts", "\"0001-01-01T00:00:00+14:00\"", "'ts' must be a time such as 2026-03-15T10:30:00Z")]
    [InlineData("ts", "\"9999-12-31T23:59:59-01:00\"", "'ts' must be a time such as 2026-03-15T10:30:00Z")]
    [InlineData("ts", "1700000000", "'ts' must be a time such as 2026-03-15T10:30:00Z")]
    [InlineData("u", "\"nope\"", "'u' must be a UUID")]
    [InlineData("u", "{}", "'u' must be a UUID")]
    [InlineData("ta", "\"a\"", "'ta' must be an array, each of it a string")]
    [InlineData("ta", "[\"a\",1]", "'ta[1]' must be a string")]
    [InlineData("ta", "[null]", "'ta[0]' must be a string")]
    [InlineData("ta", "[\"\\u0000\"]", "'ta[0]' must be a string")]
    [InlineData("na", "[1,\"2\"]", "'na[1]' must be a finite number")]
    [InlineData("na", "[1e999]", "'na[0]' must be a finite number")]
    [InlineData("t", "\"a\\u0000b\"", "'t' must be Unicode text without NUL")]
    [InlineData("t", "\"\\ud800\"", "'t' must be Unicode text without NUL")]
    [InlineData("j", "{\"a\":[\"\\u0000\"]}", "'j' must be JSON whose texts are Unicode without NUL")]
    [InlineData("j", "{\"\\udc00\":1}", "'j' must be JSON whose texts are Unicode without NUL")]
    public async Task A_value_that_can_t_be_one_is_refused_by_name_and_nothing_is_written(string field, string sent, string error)
    {
        var rows = await Collection.InstalledAsync(stack.Admin, "rows", Fields);
        await (await rows.SendAsync($$"""{"{{field}}":{{sent}}}""")).AssertErrorAsync(HttpStatusCode.BadRequest, error);
        await (await rows.SendAsync($$"""[{"o":"fine"},{"{{field}}":{{sent}}}]""", "/bulk")).AssertErrorAsync(HttpStatusCode.BadRequest, error.Replace("'" + field, $"'records[1].{field}", StringComparison.Ordinal));
        Assert.Empty(await rows.ListAsync());
    }

    [Fact]
    public async Task Numbers_in_JSON_that_the_database_can_t_keep_are_refused_by_name()
    {
        var rows = await Collection.InstalledAsync(stack.Admin, "rows", Fields);
        using var answer = await rows.SendAsync("""{"t":"x","j":{"a":1e999999}}""");
        await answer.AssertErrorContainsAsync(HttpStatusCode.BadRequest, "'j': ");
        await (await rows.SendAsync("""[{"t":"x"},{"j":{"a":1e999999}}]""", "/bulk")).AssertErrorContainsAsync(HttpStatusCode.BadRequest, "'j': ");
        await rows.AssertQueryRefusedAsync("""{"where":{"t":"x","j":{"$eq":{"a":1e999999}}}}""", "'where.j.$eq': ");
    }

    [Fact]
    public async Task Deep_JSON_is_kept_as_deep_as_a_body_may_be()
    {
        var rows = await Collection.InstalledAsync(stack.Admin, "rows", Fields);
        var deep = string.Concat(Enumerable.Repeat("[", 500)) + string.Concat(Enumerable.Repeat("]", 500));
        using var made = await rows.SendAsync($$"""{"j":{{deep}}}""");
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.Contains(deep, await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using var deeper = await rows.SendAsync($$"""{"j":{{string.Concat(Enumerable.Repeat("[", 100_000))}}}""");
        await deeper.AssertErrorContainsAsync(HttpStatusCode.BadRequest, "invalid JSON");
    }
}
