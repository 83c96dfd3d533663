using System.Text.Json;
using System.Text.RegularExpressions;
using RootCx.Core.Errors;
using RootCx.Core.Json;
using RootCx.Core.Manifests;

namespace RootCx.Core.Collections;

/// <summary>Something to compute of rows: <c>"total": {"sum": "amount"}</c>.</summary>
/// <param name="Name">What it is called in the answer.</param>
/// <param name="Sql">The expression.</param>
internal sealed partial record Aggregate(string Name, string Sql)
{
    private const int Most = 50;

    /// <summary>Reads them.</summary>
    /// <exception cref="RefusedException">Something in it can't be so (400); the text names the place.</exception>
    public static IReadOnlyList<Aggregate> ReadAll(Entity entity, JsonElement given)
    {
        if (given.ValueKind != JsonValueKind.Object || !given.EnumerateObject().Any())
        {
            throw Refused("'aggregate' must be an object such as {\"total\": {\"sum\": \"amount\"}}");
        }

        var aggregates = given.EnumerateObject().Select(property => Read(entity, property)).ToList();
        return aggregates.Count <= Most && aggregates.DistinctBy(aggregate => aggregate.Name).Count() == aggregates.Count
            ? aggregates
            : throw Refused($"'aggregate' must have {Most} names at most, each once");
    }

    /// <summary>What the answer's rows may be ordered by: one of its own names.</summary>
    /// <exception cref="RefusedException">It has no such name (400).</exception>
    public static string RequireOrder(string orderBy, IReadOnlyList<Aggregate> aggregates, IReadOnlyList<Field> groups) =>
        aggregates.Any(aggregate => aggregate.Name == orderBy) || groups.Any(field => field.Name == orderBy)
            ? orderBy
            : throw Refused($"'orderBy' must be a name of aggregate or groupBy: '{orderBy}'");

    private static Aggregate Read(Entity entity, JsonProperty property)
    {
        var name = JsonText.NameOrNull(property);
        if (name is null || !Form().IsMatch(name))
        {
            throw Refused($"aggregate: '{name}' is no name: expected 63 characters at most of a-z, A-Z, 0-9 and _, beginning with a letter");
        }

        var place = $"aggregate.{name}";
        if (property.Value.ValueKind != JsonValueKind.Object || property.Value.EnumerateObject().Take(2).ToList() is not [var only] || JsonText.OrNull(only.Value) is not { } of)
        {
            throw Refused($"{place} must be an object of one function and a field: count, sum, avg, min or max");
        }

        var function = JsonText.NameOrNull(only);
        if (function == "count" && of == "*")
        {
            return new Aggregate(name, "count(*)");
        }

        var field = entity.Find(of) ?? throw RowWrite.Unknown(entity, of, place);
        return function switch
        {
            "count" => new Aggregate(name, $"count({EntityTable.Column(field)})"),
            "sum" or "avg" => field.Type == FieldType.Number
                ? new Aggregate(name, $"{function}({EntityTable.Column(field)})")
                : throw Refused($"{place}: '{of}' holds no numbers"),
            "min" or "max" => field.Type is FieldType.Number or FieldType.Text or FieldType.Date or FieldType.Timestamp
                ? new Aggregate(name, $"{function}({EntityTable.Column(field)})")
                : throw Refused($"{place}: '{of}' holds neither numbers nor texts nor dates"),
            _ => throw Refused($"{place}: unknown function '{function}': expected count, sum, avg, min or max"),
        };
    }

    private static RefusedException Refused(string text) => new(Refusal.Invalid, text);

    [GeneratedRegex("^[a-zA-Z][a-zA-Z0-9_]{0,62}\\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
