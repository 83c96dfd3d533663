using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Collections;

/// <summary>Random conditions find the same rows as an evaluation of them in memory does.</summary>
public sealed class WherePropertyTests(PlatformStack stack)
{
    private const int Trees = 400;

    private static readonly string[] Texts = ["", "a", "A", "ab", "a%b", "a_b", "é", "\U0001F600", "zz", "'; --", "\\", "\"q\""];
    private static readonly double[] Numbers = [-1.5, 0, 1, 2, 2.5, 1e10];
    private static readonly string[] Dates = ["2026-01-01", "2026-01-02", "2026-12-31"];
    private static readonly string[] Tags = ["x", "y", "z"];

    [Fact]
    public async Task Random_conditions_find_what_an_evaluation_in_memory_finds()
    {
        var rows = await Collection.InstalledAsync(
            stack.Admin, "rows", "t", """{"name":"n","type":"number"}""", """{"name":"b","type":"boolean"}""", """{"name":"d","type":"date"}""", """{"name":"tags","type":"[text]"}""");
        var kept = (await rows.CreateManyAsync(new JsonArray([.. Row.Sample(60, 50).Select(row => (JsonNode)row)]).ToJsonString())).Select(row => row!.AsObject()).ToList();
        foreach (var where in Where.Sample(Trees, 30))
        {
            var answer = await rows.QueryAsync($$"""{"where":{{where.ToJsonString()}},"select":["id"],"limit":1000}""");
            var expected = kept.Where(row => WhereEvaluation.Holds(where, row)).Select(row => row["id"]!.ToString()).Order(StringComparer.Ordinal);
            var found = answer["data"]!.AsArray().Select(row => row!["id"]!.ToString()).Order(StringComparer.Ordinal);
            Assert.True(expected.SequenceEqual(found), $"{where.ToJsonString()} finds other rows than it describes");
        }
    }

    private static Gen<JsonObject> Row =>
        from text in Nullable(Value(Texts))
        from number in Nullable(Value(Numbers))
        from boolean in Nullable(Value(true, false))
        from date in Nullable(Value(Dates))
        from tags in Nullable(Many(Value(Tags)))
        select new JsonObject { ["t"] = text, ["n"] = number, ["b"] = boolean, ["d"] = date, ["tags"] = tags };

    private static Gen<JsonObject> Where => Gen.Sized(WhereOf);

    private static Gen<JsonObject> Condition => Gen.OneOf(
        FieldIs("t", Gen.OneOf(Nullable(Value(Texts)), Operators(Value(Texts), Comparisons, Texts), Operator("$like", Pattern), Operator("$ilike", Pattern))),
        FieldIs("n", Gen.OneOf(Nullable(Value(Numbers)), Operators(Value(Numbers), Comparisons, Numbers))),
        FieldIs("b", Gen.OneOf(Nullable(Value(true, false)), Operators(Value(true, false), [], true, false))),
        FieldIs("d", Gen.OneOf(Nullable(Value(Dates)), Operators(Value(Dates), Comparisons, Dates))),
        FieldIs("tags", Gen.OneOf(Nullable(Many(Value(Tags))), Operator("$contains", Many(Value(Tags))), Operator("$isNull", Value(true, false)))));

    private static string[] Comparisons => ["$gt", "$gte", "$lt", "$lte"];

    private static Gen<JsonNode?> Pattern => Value("%", "a%", "%b", "_", "a\\%b", "a\\_b", "A%", "\\\\", "");

    private static Gen<JsonObject> WhereOf(int size) => size <= 1
        ? Condition
        : Gen.OneOf(
            Condition,
            from one in Condition from other in Condition select Both(one, other),
            from items in WhereOf(size / 3).ListOf() select new JsonObject { ["$and"] = new JsonArray([.. items.Take(4)]) },
            from items in WhereOf(size / 3).ListOf() select new JsonObject { ["$or"] = new JsonArray([.. items.Take(4)]) },
            from item in WhereOf(size / 2) select new JsonObject { ["$not"] = item });

    private static JsonObject Both(JsonObject one, JsonObject other)
    {
        foreach (var (name, value) in other)
        {
            one[name] = value?.DeepClone();
        }

        return one;
    }

    private static Gen<JsonObject> FieldIs(string field, Gen<JsonNode?> value) => value.Select(given => new JsonObject { [field] = given });

    private static Gen<JsonNode?> Operator(string name, Gen<JsonNode?> operand) => operand.Select(given => (JsonNode?)new JsonObject { [name] = given });

    private static Gen<JsonNode?> Operators<T>(Gen<JsonNode?> value, string[] comparisons, params T[] values) => Gen.OneOf(
    [
        Operator("$eq", Nullable(value)),
        Operator("$ne", Nullable(value)),
        Operator("$in", Many(Nullable(Value(values)))),
        Operator("$nin", Many(Nullable(Value(values)))),
        Operator("$isNull", Value(true, false)),
        .. comparisons.Select(name => Operator(name, value)),
    ]);

    private static Gen<JsonNode?> Value<T>(params T[] values) => Gen.Elements(values).Select(value => (JsonNode?)JsonValue.Create(value));

    private static Gen<JsonNode?> Nullable(Gen<JsonNode?> value) => Gen.Frequency((4, value), (1, Gen.Constant<JsonNode?>(null)));

    private static Gen<JsonNode?> Many(Gen<JsonNode?> item) => item.ListOf().Select(items => (JsonNode?)new JsonArray([.. items.Take(3).Select(given => given?.DeepClone())]));
}
