using System.Net;
using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Collections;

/// <summary>Conditions, order and pages of queries.</summary>
public sealed class QueryTests(PlatformStack stack)
{
    private static readonly string[] Fields =
    [
        "name", """{"name":"n","type":"number"}""", """{"name":"b","type":"boolean"}""", """{"name":"d","type":"date"}""", """{"name":"ts","type":"timestamp"}""",
        """{"name":"j","type":"json"}""", """{"name":"u","type":"uuid"}""", """{"name":"tags","type":"[text]"}""", """{"name":"ns","type":"[number]"}""",
    ];

    [Theory]
    [InlineData("""{}""", "a b c d")]
    [InlineData("""{"name":"b"}""", "b")]
    [InlineData("""{"n":null}""", "d")]
    [InlineData("""{"n":2,"b":false}""", "b")]
    [InlineData("""{"n":{"$eq":2}}""", "b")]
    [InlineData("""{"n":{"$eq":null}}""", "d")]
    [InlineData("""{"n":{"$ne":2}}""", "a c d")]
    [InlineData("""{"n":{"$ne":null}}""", "a b c")]
    [InlineData("""{"n":{"$gte":2}}""", "b c")]
    [InlineData("""{"n":{"$gt":1,"$lt":3}}""", "b")]
    [InlineData("""{"n":{"$lte":"2"}}""", "a b")]
    [InlineData("""{"d":{"$lt":"2026-02-01"}}""", "a")]
    [InlineData("""{"ts":{"$gt":"2026-02-01T00:00:00+01:00"}}""", "b c")]
    [InlineData("""{"name":{"$gte":"c"}}""", "c d")]
    [InlineData("""{"name":{"$like":"_"}}""", "a b c d")]
    [InlineData("""{"name":{"$like":"A"}}""", "")]
    [InlineData("""{"name":{"$ilike":"A%"}}""", "a")]
    [InlineData("""{"name":{"$like":"\\%"}}""", "")]
    [InlineData("""{"n":{"$in":[1,3,99]}}""", "a c")]
    [InlineData("""{"n":{"$in":[1,null]}}""", "a d")]
    [InlineData("""{"n":{"$in":[]}}""", "")]
    [InlineData("""{"n":{"$nin":[1,3]}}""", "b d")]
    [InlineData("""{"n":{"$nin":[1,null]}}""", "b c")]
    [InlineData("""{"n":{"$nin":[]}}""", "a b c d")]
    [InlineData("""{"name":{"$in":["a","'; drop table rows; --"]}}""", "a")]
    [InlineData("""{"tags":{"$contains":["x"]}}""", "a b")]
    [InlineData("""{"tags":{"$contains":["x","y"]}}""", "b")]
    [InlineData("""{"tags":{"$contains":[]}}""", "a b c d")]
    [InlineData("""{"tags":["x"]}""", "a")]
    [InlineData("""{"ns":{"$contains":[2]}}""", "b")]
    [InlineData("""{"n":{"$isNull":true}}""", "d")]
    [InlineData("""{"n":{"$isNull":false}}""", "a b c")]
    [InlineData("""{"n":{"$isNull":"whatever"}}""", "d")]
    [InlineData("""{"j":{"k":1}}""", "a")]
    [InlineData("""{"j":{"$eq":{"k":1}}}""", "a")]
    [InlineData("""{"j":[1,2]}""", "b")]
    [InlineData("""{"j":"text"}""", "c")]
    [InlineData("""{"j":{"$contains":[2]}}""", "b")]
    [InlineData("""{"j":{"$in":["text",{"k":1}]}}""", "a c")]
    [InlineData("""{"$or":[{"n":1},{"name":"d"}]}""", "a d")]
    [InlineData("""{"$or":[]}""", "a b c d")]
    [InlineData("""{"$and":[]}""", "a b c d")]
    [InlineData("""{"$and":[{"n":{"$gt":1}},{"n":{"$lt":3}}]}""", "b")]
    [InlineData("""{"$not":{"n":1}}""", "b c d")]
    [InlineData("""{"$not":{"$not":{"n":1}}}""", "a")]
    [InlineData("""{"$not":{"n":{"$gt":0}}}""", "d")]
    [InlineData("""{"n":{"$gte":1},"$or":[{"name":"a"},{"$and":[{"b":true},{"name":{"$ne":"c"}}]}]}""", "a")]
    [InlineData("""{"id":{"$ne":null},"created_at":{"$gt":"2020-01-01"}}""", "a b c d")]
    public async Task Conditions_mean_what_they_say(string where, string found)
    {
        var rows = await FilledAsync();
        Assert.Equal(found, string.Join(' ', await rows.FindAsync("name", where)));
    }

    [Theory]
    [InlineData("""{"where":[]}""", "where clause must be a JSON object")]
    [InlineData("""{"where":"n = 1"}""", "where clause must be a JSON object")]
    [InlineData("""{"where":{"nope":1}}""", "unknown field 'nope' in entity 'rows': where.nope")]
    [InlineData("""{"where":{"n; drop table rows":1}}""", "unknown field 'n; drop table rows'")]
    [InlineData("""{"where":{"\"n\"":1}}""", "unknown field '\"n\"'")]
    [InlineData("""{"where":{"n":{"$near":1}}}""", "unknown operator: '$near' in where.n")]
    [InlineData("""{"where":{"$near":1}}""", "unknown operator: '$near' in where")]
    [InlineData("""{"where":{"$and":{}}}""", "$and must be an array")]
    [InlineData("""{"where":{"$or":1}}""", "$or must be an array")]
    [InlineData("""{"where":{"$not":[]}}""", "where.$not must be a JSON object")]
    [InlineData("""{"where":{"$and":[{"$or":{}}]}}""", "$or must be an array: where.$and[0].$or")]
    [InlineData("""{"where":{"$and":[{"n":1},{"n":"x"}]}}""", "'where.$and[1].n' must be a finite number")]
    [InlineData("""{"where":{"n":{"$in":1}}}""", "$in must be an array: where.n.$in")]
    [InlineData("""{"where":{"n":{"$nin":{}}}}""", "$nin must be an array: where.n.$nin")]
    [InlineData("""{"where":{"n":{"$in":[1,"x"]}}}""", "'where.n.$in[1]' must be a finite number")]
    [InlineData("""{"where":{"tags":{"$in":[["x"]]}}}""", "'where.tags.$in' can't be compared with several values")]
    [InlineData("""{"where":{"tags":{"$contains":"x"}}}""", "$contains must be an array: where.tags.$contains")]
    [InlineData("""{"where":{"tags":{"$contains":[1]}}}""", "'where.tags.$contains[0]' must be")]
    [InlineData("""{"where":{"name":{"$contains":["x"]}}}""", "where.name.$contains: 'name' holds no array")]
    [InlineData("""{"where":{"n":{"$like":"1%"}}}""", "where.n.$like: 'n' holds no text")]
    [InlineData("""{"where":{"name":{"$like":1}}}""", "where.name.$like must be a text pattern")]
    [InlineData("""{"where":{"name":{"$ilike":"a\\"}}}""", "where.name.$ilike: a pattern must not end with a single backslash")]
    [InlineData("""{"where":{"b":{"$gt":true}}}""", "where.b.$gt: 'b' has no order")]
    [InlineData("""{"where":{"j":{"$lt":1}}}""", "where.j.$lt: 'j' has no order")]
    [InlineData("""{"where":{"n":{"$gt":null}}}""", "where.n.$gt must be a finite number, not null")]
    [InlineData("""{"where":{"n":{"$gt":"NaN"}}}""", "'where.n.$gt' must be a finite number")]
    [InlineData("""{"where":{"n":1e400}}""", "'where.n' must be a finite number")]
    [InlineData("""{"where":{"d":{"$lt":"2026-13-01"}}}""", "'where.d.$lt' must be a date")]
    [InlineData("""{"where":{"ts":"99999-01-01T00:00:00Z"}}""", "'where.ts' must be a time")]
    [InlineData("""{"where":{"u":"x"}}""", "'where.u' must be a UUID")]
    [InlineData("""{"where":{"id":{"$in":["x"]}}}""", "'where.id.$in[0]' must be a UUID")]
    [InlineData("""{"where":{"n":{"k":1}}}""", "where.n must be a finite number, or an object of operators")]
    [InlineData("""{"where":{"n":{"$gt":1,"k":1}}}""", "unknown operator: 'k' in where.n")]
    [InlineData("""{"where":{"name":"\u0000"}}""", "'where.name' must be Unicode text without NUL")]
    [InlineData("""{"where":{"\ud800":1}}""", "where: a field's name is not Unicode text")]
    [InlineData("""{"orderBy":"nope"}""", "unknown field 'nope' in entity 'rows': orderBy")]
    [InlineData("""{"orderBy":1}""", "'orderBy' must be text")]
    [InlineData("""{"orderBy":"n","order":"up"}""", "'order' must be asc or desc")]
    [InlineData("""{"limit":"10"}""", "'limit' must be a whole number")]
    [InlineData("""{"limit":1.5}""", "'limit' must be a whole number")]
    [InlineData("""{"offset":-1}""", "'offset' must not be negative")]
    [InlineData("""{"offset":1e30}""", "'offset' must be a whole number")]
    [InlineData("""{"select":[]}""", "'select' must be an array of field names")]
    [InlineData("""{"select":["nope"]}""", "unknown field 'nope' in entity 'rows': select[0]")]
    [InlineData("""{"select":[1]}""", "'select[0]' must be a field's name")]
    [InlineData("""{"linked":"crm"}""", "'linked' must be true or an array of app ids")]
    [InlineData("""{"cursor":1}""", "'cursor' must be text")]
    [InlineData("""{"cursor":"nope"}""", "invalid cursor")]
    [InlineData("""{"cursor":"eyJhIjoxfQ"}""", "invalid cursor")]
    [InlineData("""{"cursor":null,"offset":5}""", "cursor can't be combined with offset")]
    [InlineData("""{"nope":1}""", "unknown key 'nope': expected where, orderBy")]
    public async Task What_can_t_be_is_refused_and_its_place_named(string query, string error)
    {
        var rows = await Collection.InstalledAsync(stack.Admin, "rows", Fields);
        await rows.AssertQueryRefusedAsync(query, error);
    }

    [Fact]
    public async Task Conditions_may_be_nested_32_levels_deep_and_no_deeper()
    {
        var rows = await FilledAsync();
        Assert.Equal(["a"], await rows.FindAsync("name", Nested(32)));
        await rows.AssertQueryRefusedAsync($"{{\"where\":{Nested(33)}}}", "conditions are nested more than 32 levels deep");
        await rows.AssertQueryRefusedAsync($"{{\"where\":{Nested(200)}}}", "conditions are nested more than 32 levels deep");
        var wide = string.Join(',', Enumerable.Repeat("""{"n":1}""", 1001));
        await rows.AssertQueryRefusedAsync($"{{\"where\":{{\"$or\":[{wide}]}}}}", "more than 1000 conditions");
        foreach (var many in new[] { "{\"n\":{" + string.Join(',', Enumerable.Repeat("\"$gt\":1", 70_000)) + "}}", "{\"$and\":[" + string.Join(',', Enumerable.Repeat("{}", 2000)) + "]}" })
        {
            await rows.AssertQueryRefusedAsync($"{{\"where\":{many}}}", "more than 1000 conditions");
        }

        static string Nested(int levels) => string.Concat(Enumerable.Repeat("{\"$and\":[", levels)) + "{\"name\":\"a\"}" + string.Concat(Enumerable.Repeat("]}", levels));
    }

    [Fact]
    public async Task The_total_is_right_on_every_page()
    {
        var rows = await FilledAsync();
        foreach (var (page, count) in new[] { ("", 4), (""","limit":2""", 2), (""","limit":2,"offset":2""", 2), (""","offset":3""", 1), (""","offset":4""", 0), (""","offset":999""", 0), (""","limit":0""", 1), (""","limit":5000""", 4) })
        {
            var answer = await rows.QueryAsync($$"""{"where":{}{{page}}}""");
            Assert.Equal(4, answer["total"]!.GetValue<int>());
            Assert.Equal(count, answer["data"]!.AsArray().Count);
            Assert.Equal(["data", "total"], answer.AsObject().Select(property => property.Key));
        }

        Assert.Equal(1, (await rows.QueryAsync("""{"where":{"n":{"$gte":2}},"limit":1,"offset":7,"orderBy":"n"}"""))["total"]!.GetValue<int>() - 1);
    }

    [Fact]
    public async Task Order_is_newest_first_unless_asked_for_and_equals_are_told_apart_by_id()
    {
        var rows = await FilledAsync();
        Assert.Equal(["d", "c", "b", "a"], Names(await rows.QueryAsync("{}")));
        Assert.Equal(["a", "b", "c", "d"], Names(await rows.QueryAsync("""{"order":"asc"}""")));
        Assert.Equal(["c", "b", "a", "d"], Names(await rows.QueryAsync("""{"where":{"n":{"$ne":null}},"orderBy":"n","order":"DESC"}""")).Append("d"));
        await rows.CreateManyAsync($"[{string.Join(',', Enumerable.Repeat("""{"name":"same"}""", 60))}]");
        var seen = new HashSet<string>();
        for (var offset = 0; offset < 64; offset += 7)
        {
            var page = await rows.QueryAsync($$"""{"orderBy":"name","limit":7,"offset":{{offset}}}""");
            Assert.All(page["data"]!.AsArray(), row => Assert.True(seen.Add(row!["id"]!.ToString())));
        }

        Assert.Equal(64, seen.Count);
    }

    [Fact]
    public async Task Fields_can_be_selected()
    {
        var rows = await FilledAsync();
        var answer = await rows.QueryAsync("""{"select":["n","name","n"],"where":{"name":"b"}}""");
        Assert.Equal("""[{"n":2,"name":"b"}]""", answer["data"]!.ToJsonString());
        Assert.Equal(1, answer["total"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_user_without_the_permission_is_told_which()
    {
        var rows = await FilledAsync();
        await (await rows.As(stack.User).SendAsync("{}", "/query")).AssertErrorAsync(HttpStatusCode.Forbidden, $"permission denied: app:{rows.App.Id}:rows.read");
    }

    private static string[] Names(JsonNode answer) => [.. answer["data"]!.AsArray().Select(row => row!["name"]!.ToString())];

    private async Task<Collection> FilledAsync()
    {
        var rows = await Collection.InstalledAsync(stack.Admin, "rows", Fields);
        await rows.CreateAsync("""{"name":"a","n":1,"b":true,"d":"2026-01-15","ts":"2026-01-31T23:00:00Z","j":{"k":1},"tags":["x"],"ns":[1]}""");
        await rows.CreateAsync("""{"name":"b","n":2,"b":false,"d":"2026-02-15","ts":"2026-01-31T23:00:00.000001Z","j":[1,2],"tags":["x","y"],"ns":[1,2]}""");
        await rows.CreateAsync("""{"name":"c","n":3,"b":true,"d":"2026-03-15","ts":"2026-03-15T00:00:00Z","j":"text","tags":[]}""");
        await rows.CreateAsync("""{"name":"d"}""");
        return rows;
    }
}
