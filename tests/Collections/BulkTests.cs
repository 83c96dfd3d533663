using System.Net;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Collections;

/// <summary>Many rows at once.</summary>
public sealed class BulkTests(PlatformStack stack)
{
    [Fact]
    public async Task All_rows_are_made_in_their_order()
    {
        var rows = await Collection.InstalledAsync(stack.Admin, "rows", "name", """{"name":"n","type":"number"}""");
        var made = await rows.CreateManyAsync($"[{string.Join(',', Enumerable.Range(0, 1000).Select(n => $$"""{"n":{{n}}}"""))}]");
        Assert.Equal(Enumerable.Range(0, 1000), made.Select(row => row!["n"]!.GetValue<int>()));
        Assert.Equal(1000, (await rows.ListAsync()).Count);
    }

    [Fact]
    public async Task A_field_that_a_record_lacks_gets_its_default_and_a_null_stays_one()
    {
        var rows = await Collection.InstalledAsync(
            stack.Admin,
            "rows",
            "name",
            """{"name":"stage","type":"text","default_value":"it's a lead"}""",
            """{"name":"n","type":"number","default_value":5}""",
            """{"name":"tags","type":"[text]","default_value":["x"]}""",
            """{"name":"j","type":"json","default_value":{"a":1}}""",
            """{"name":"at","type":"timestamp","default_value":"now()"}""");
        var made = await rows.CreateManyAsync("""[{"name":"a"},{"name":"b","stage":null,"n":null,"tags":null,"j":null,"at":null},{"stage":"won","n":7,"tags":["y","z"],"j":2,"at":"2026-01-01"}]""");
        Assert.Equal(["it's a lead", "5", """["x"]""", """{"a":1}"""], [made[0]!["stage"]!.ToString(), made[0]!["n"]!.ToString(), made[0]!["tags"]!.ToJsonString(), made[0]!["j"]!.ToJsonString()]);
        Assert.Equal(made[0]!["created_at"]!.ToString(), made[0]!["at"]!.ToString());
        Assert.All(["stage", "n", "tags", "j", "at"], field => Assert.Null(made[1]![field]));
        Assert.Equal(["won", "7", """["y","z"]""", "2"], [made[2]!["stage"]!.ToString(), made[2]!["n"]!.ToString(), made[2]!["tags"]!.ToJsonString(), made[2]!["j"]!.ToJsonString()]);
        Assert.Null(made[2]!["name"]);
    }

    [Theory]
    [InlineData("{}", "body must be a JSON array")]
    [InlineData("[]", "array must not be empty")]
    [InlineData("[1]", "records[0] must be a JSON object")]
    [InlineData("""[{"name":"a"},{}]""", "records[1] must not be empty")]
    [InlineData("""[{"name":"a"},{"id":"x"}]""", "each record must contain at least one writable field: records[1]")]
    [InlineData("""[{"name":"a"},{"nope":1}]""", "unknown field 'nope' in entity 'rows': records[1]")]
    [InlineData("""[{"name":"a"},{"n":"x"}]""", "'records[1].n' must be a finite number")]
    [InlineData("""[{"name":"a"},{"name":null}]""", "'name' is required")]
    public async Task One_bad_record_and_none_is_made(string json, string error)
    {
        var rows = await Collection.InstalledAsync(stack.Admin, "rows", """{"name":"name","type":"text","required":true}""", """{"name":"n","type":"number"}""");
        await (await rows.SendAsync(json, "/bulk")).AssertErrorAsync(HttpStatusCode.BadRequest, error);
        Assert.Empty(await rows.ListAsync());
    }

    [Fact]
    public async Task More_than_1000_records_or_65535_values_are_refused()
    {
        var rows = await Collection.InstalledAsync(stack.Admin, "rows", [.. Enumerable.Range(0, 70).Select(n => $"f{n}")]);
        await (await rows.SendAsync($"[{string.Join(',', Enumerable.Repeat("""{"f0":"a"}""", 1001))}]", "/bulk"))
            .AssertErrorAsync(HttpStatusCode.BadRequest, "batch size 1001 exceeds max 1000");
        var wide = $"{{{string.Join(',', Enumerable.Range(0, 70).Select(n => $"\"f{n}\":1"))}}}";
        await (await rows.SendAsync($"[{string.Join(',', Enumerable.Repeat(wide, 937))}]", "/bulk"))
            .AssertErrorAsync(HttpStatusCode.BadRequest, "bulk insert requires 65590 params, limit is 65535");
        Assert.Equal(936, (await rows.CreateManyAsync($"[{string.Join(',', Enumerable.Repeat(wide, 936))}]")).Count);
    }
}
