using System.Text.Json.Nodes;

namespace RootCx.Tests.Data;

/// <summary>How values get from JavaScript to PostgreSQL and back.</summary>
public sealed class SqlValueTests(SqlApp app) : IClassFixture<SqlApp>
{
    [Theory]
    [InlineData("1::int2")]
    [InlineData("'-2147483648'::int4")]
    [InlineData("9007199254740991::int8")]
    [InlineData("1.5::float4")]
    [InlineData("0.1::float8")]
    [InlineData("1e300::float8")]
    [InlineData("1e-7::float8")]
    [InlineData("'NaN'::float8")]
    [InlineData("'-Infinity'::float4")]
    [InlineData("12.50::numeric")]
    [InlineData("'NaN'::numeric")]
    [InlineData("true")]
    [InlineData("false")]
    [InlineData("null::int")]
    [InlineData("null")]
    [InlineData("''")]
    [InlineData("E'a \"quoted\" \\\\ text\\nof two lines, \\U0001F684'")]
    [InlineData("'abc'::varchar(2)")]
    [InlineData("'a'::char(3)")]
    [InlineData("'n'::name")]
    [InlineData("26::oid")]
    [InlineData("'0193d0a4-0000-7000-8000-000000000001'::uuid")]
    [InlineData("date '2026-02-28'")]
    [InlineData("date 'infinity'")]
    [InlineData("time '12:34:56.7'")]
    [InlineData("timestamp '2026-02-28 12:34:56.789'")]
    [InlineData("timestamp '-infinity'")]
    [InlineData("timestamptz '2026-02-28 12:34:56+02'")]
    [InlineData("timestamptz '0044-03-15 12:00:00+00 BC'")]
    [InlineData("interval '1 year 2 days 3:04:05'")]
    [InlineData("json '{ \"b\": 1,\n \"a\": [1, null, \"x\"] }'")]
    [InlineData("jsonb '{\"a\": {\"b\": [true]}}'")]
    [InlineData("jsonb 'null'")]
    [InlineData("'\\xdeadbeef'::bytea")]
    [InlineData("int4range(1, 5)")]
    [InlineData("inet '10.0.0.1/8'")]
    [InlineData("point '(1,2)'")]
    [InlineData("array[1, null, 3]")]
    [InlineData("array[[1, 2], [3, 4]]")]
    [InlineData("'[0:1]={7,8}'::int[]")]
    [InlineData("'{}'::text[]")]
    [InlineData("array['a', null, 'NULL', '', 'b c', '\"', '\\', '{', ',']")]
    [InlineData("array[true, false, null]")]
    [InlineData("array[0.5, 'NaN']::float8[]")]
    [InlineData("array[timestamptz '2026-01-01 00:00:00+00']")]
    [InlineData("array[date '2026-01-01']")]
    [InlineData("array[jsonb '{\"a\": \"b,}\"}', jsonb '1']")]
    [InlineData("array['\\x00'::bytea]")]
    [InlineData("array['0193d0a4-0000-7000-8000-000000000001'::uuid]")]
    public async Task Values_come_as_to_jsonb_makes_them(string expression)
    {
        var row = (await app.SqlAsync($"select v, to_jsonb(v) from (select {expression} as v) as given"))["rows"]![0]!.AsArray();
        Assert.True(JsonNode.DeepEquals(row[1], row[0]), $"expected {row[1]?.ToJsonString()}, got {row[0]?.ToJsonString()}");
    }

    [Fact]
    public async Task Values_of_types_that_the_app_made_come_as_text()
    {
        await app.OwnAsync("create type mood as enum ('sunny', 'rainy'); create type pair as (a int, b text); create domain age as int");
        Assert.Equal(
            """[["sunny","{sunny,rainy}","(1,x)",42]]""",
            (await app.SqlAsync("select 'sunny'::mood, '{sunny,rainy}'::mood[], (1, 'x')::pair, 42::age"))["rows"]!.ToJsonString());
    }

    [Theory]
    [InlineData("$1::int4 + 1", "41", "42")]
    [InlineData("$1::int8", "\"9007199254740993\"", "9007199254740992")] // as JavaScript reads the number
    [InlineData("$1::numeric::text", "1.50", "\"1.5\"")]
    [InlineData("$1::float8", "1e-7", "1e-7")]
    [InlineData("$1::text", "7", "\"7\"")]
    [InlineData("$1::text", "\"'; drop table x; --\"", "\"'; drop table x; --\"")]
    [InlineData("$1::bool", "true", "true")]
    [InlineData("$1::text is null", "null", "true")]
    [InlineData("$1::date + 1", "\"2026-02-28\"", "\"2026-03-01\"")]
    [InlineData("$1::uuid", "\"0193d0a4-0000-7000-8000-000000000001\"", "\"0193d0a4-0000-7000-8000-000000000001\"")]
    [InlineData("$1::jsonb", "{\"a\":[1,{\"b\":null}]}", "{\"a\":[1,{\"b\":null}]}")]
    [InlineData("$1::jsonb", "\"[1,2]\"", "[1,2]")]
    [InlineData("$1::int[]", "[1,null,3]", "[1,null,3]")]
    [InlineData("$1::int[]", "[]", "[]")]
    [InlineData("$1::int[]", "[[1,2],[3,4]]", "[[1,2],[3,4]]")]
    [InlineData("$1::bool[]", "[true,false]", "[true,false]")]
    [InlineData("$1::text[]", "[\"a\",\"NULL\",null,\"\",\"b \\\"c\\\" \\\\ {d},e\"]", "[\"a\",\"NULL\",null,\"\",\"b \\\"c\\\" \\\\ {d},e\"]")]
    [InlineData("$1::jsonb[]", "[{\"a\":\"b\\\\\\\"\"}]", "[{\"a\":\"b\\\\\\\"\"}]")]
    public async Task Parameters_are_of_the_type_that_the_statement_wants(string expression, string parameter, string expected)
    {
        var value = await app.ValueAsync($"select {expression}", JsonNode.Parse(parameter));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), value), value?.ToJsonString());
    }

    [Fact]
    public async Task Parameters_take_their_type_from_the_columns_they_are_written_to()
    {
        await app.OwnAsync("create table things (n numeric, at timestamptz, j jsonb, tags text[], raw bytea, big int8, f float8)");
        await app.RunAsync("""
            await ctx.sql("insert into things values ($1, $2, $3, $4, $5, $6, $7)",
              [12.5, new Date(0), { a: [1] }, ["x", "y"], new Uint8Array([222, 173]), 12345678901234567890n / 10n, NaN]);
            """);
        var rows = (await app.SqlAsync("select n, at, j, tags, raw, big::text, f from things"))["rows"];
        Assert.True(
            JsonNode.DeepEquals(JsonNode.Parse("""[[12.5,"1970-01-01T00:00:00+00:00",{"a":[1]},["x","y"],"\\xdead","1234567890123456789","NaN"]]"""), rows), rows!.ToJsonString());
    }

    [Fact]
    public async Task Half_a_surrogate_pair_becomes_the_replacement_character()
    {
        Assert.Equal("�", (await app.RunAsync("""return (await ctx.sql("select $1::text", ["\ud83d"])).rows[0][0];"""))!.GetValue<string>());
    }

    [Fact]
    public async Task Parameters_that_are_no_array_or_an_array_too_deep_are_refused()
    {
        const string Deep = "a parameter of sql() is an array of more than 6 dimensions: for json, pass JSON.stringify(value)";
        Assert.Equal(Deep, (await app.RunAsync("""
            let deep = 1;
            for (let i = 0; i < 500; i++) deep = [deep];
            return await ctx.sql("select $1::text", [deep]).catch((error) => error.message);
            """))!.GetValue<string>());
        Assert.Equal(1, (await app.ValueAsync("select ($1::int[])[1][1][1][1][1][1]", JsonNode.Parse("[[[[[[1]]]]]]")))!.GetValue<int>());
    }

    [Theory]
    [InlineData(511, "1")]
    [InlineData(512, "the data is nested more than 512 levels deep")]
    [InlineData(30_000, "the data is nested more than 512 levels deep")]
    public async Task Parameters_are_512_levels_deep_at_most_their_array_included(int levels, string expected)
    {
        var said = await app.RunAsync($$"""
            let deep = 1;
            for (let i = 0; i < {{levels}}; i++) deep = { deep };
            return await ctx.sql("select ($1::jsonb #> array_fill('deep'::text, array[{{levels}}]))::text", [deep]).then(({ rows }) => rows[0][0], (error) => error.message);
            """);
        Assert.Equal(expected, said!.GetValue<string>());
    }

    [Fact]
    public async Task What_JSON_lacks_keeps_its_value_in_arrays_too()
    {
        var rows = await app.RunAsync("""
            return (await ctx.sql("select $1::float8[], $2::int8[]::text, $3::bytea[], $4::float8[]", [[NaN, 1.5, -Infinity], [9223372036854775807n], [new Uint8Array([222, 173])], [[Infinity], [null]]])).rows;
            """);
        Assert.Equal("""[[["NaN",1.5,"-Infinity"],"{9223372036854775807}",["\\xdead"],[["Infinity"],[null]]]]""", rows!.ToJsonString());
    }
}
