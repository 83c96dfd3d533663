using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace RootCx.Tests.OpenApi;

/// <summary>
/// A schema of the description, ready to check values with. An object that lists its keys has no others unless the schema says so with <c>additionalProperties</c>: clients may get more
/// keys than are described, tests must not. Keywords that the description does not use are not known here.
/// </summary>
internal sealed partial class JsonSchema
{
    // What says nothing about which values there are.
    private static readonly HashSet<string> Notes = ["description", "title", "default", "examples", "writeOnly"];

    private readonly List<Rule> _rules = [];

    /// <summary>Makes one.</summary>
    /// <param name="schema">As it is described.</param>
    /// <param name="resolve">Finds the schema that a <c>$ref</c> stands for, when it is needed.</param>
    /// <exception cref="NotSupportedException">It has a keyword that is not known here.</exception>
    public JsonSchema(JsonElement schema, Func<string, JsonSchema> resolve)
    {
        foreach (var keyword in schema.EnumerateObject().Where(keyword => !Notes.Contains(keyword.Name)))
        {
            if (RuleOf(keyword, schema, resolve) is { } rule)
            {
                _rules.Add(rule);
            }
        }
    }

    private delegate void Rule(JsonElement value, string place, List<string> problems);

    /// <summary>Adds what is wrong with a value, each with its place as a JSON path.</summary>
    public void Check(JsonElement value, string place, List<string> problems)
    {
        foreach (var rule in _rules)
        {
            rule(value, place, problems);
        }
    }

    private static Rule? RuleOf(JsonProperty keyword, JsonElement schema, Func<string, JsonSchema> resolve)
    {
        var of = keyword.Value;
        switch (keyword.Name)
        {
            case "$ref":
                var pointer = of.GetString()!; // by the specification
                return (value, place, problems) => resolve(pointer).Check(value, place, problems);
            case "type":
                var types = of.ValueKind == JsonValueKind.Array ? [.. of.EnumerateArray().Select(type => type.GetString()!)] : new[] { of.GetString()! };
                return (value, place, problems) => Require(Array.Exists(types, type => IsOf(value, type)), place, $"must be {string.Join(" or ", types)}, is {Short(value)}", problems);
            case "enum":
                return (value, place, problems) => Require(of.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value)), place, $"must be one of {of}, is {Short(value)}", problems);
            case "const":
                return (value, place, problems) => Require(JsonElement.DeepEquals(of, value), place, $"must be {of}, is {Short(value)}", problems);
            case "format":
                return FormatOf(of.GetString()!);
            case "pattern":
                var pattern = new Regex(of.GetString()!, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
                return OfText((text, place, problems) => Require(pattern.IsMatch(text), place, $"must match {pattern}, is {text}", problems));
            case "minLength":
                return OfText((text, place, problems) => Require(Length(text) >= of.GetInt32(), place, $"must have {of} characters at least", problems));
            case "maxLength":
                return OfText((text, place, problems) => Require(Length(text) <= of.GetInt32(), place, $"must have {of} characters at most", problems));
            case "minimum":
                return OfKind(JsonValueKind.Number, (value, place, problems) => Require(value.GetDouble() >= of.GetDouble(), place, $"must be {of} at least, is {value}", problems));
            case "maximum":
                return OfKind(JsonValueKind.Number, (value, place, problems) => Require(value.GetDouble() <= of.GetDouble(), place, $"must be {of} at most, is {value}", problems));
            case "minItems":
                return OfKind(JsonValueKind.Array, (value, place, problems) => Require(value.GetArrayLength() >= of.GetInt32(), place, $"must have {of} items at least", problems));
            case "maxItems":
                return OfKind(JsonValueKind.Array, (value, place, problems) => Require(value.GetArrayLength() <= of.GetInt32(), place, $"must have {of} items at most", problems));
            case "minProperties":
                return OfKind(JsonValueKind.Object, (value, place, problems) => Require(value.GetPropertyCount() >= of.GetInt32(), place, $"must have {of} keys at least", problems));
            case "maxProperties":
                return OfKind(JsonValueKind.Object, (value, place, problems) => Require(value.GetPropertyCount() <= of.GetInt32(), place, $"must have {of} keys at most", problems));
            case "items":
                return ItemsRule(new JsonSchema(of, resolve));
            case "required":
                var names = of.EnumerateArray().Select(name => name.GetString()!).ToArray();
                return OfKind(JsonValueKind.Object, (value, place, problems) => RequireAll(names, value, place, problems));
            case "properties":
                return PropertiesRule(schema, of, resolve);
            case "additionalProperties":
                return schema.TryGetProperty("properties", out _) ? null : PropertiesRule(schema, properties: default, resolve); // else it is seen to there
            case "anyOf":
                return AnyRule([.. of.EnumerateArray().Select(one => new JsonSchema(one, resolve))]);
            default:
                throw new NotSupportedException($"'{keyword.Name}' is no keyword that is known here.");
        }
    }

    private static Rule PropertiesRule(JsonElement schema, JsonElement properties, Func<string, JsonSchema> resolve)
    {
        var known = properties.ValueKind == JsonValueKind.Undefined
            ? []
            : properties.EnumerateObject().ToDictionary(property => property.Name, property => new JsonSchema(property.Value, resolve));
        var others = schema.TryGetProperty("additionalProperties", out var given) ? given : default;
        var ofOthers = others.ValueKind == JsonValueKind.Object ? new JsonSchema(others, resolve) : null;
        var isClosed = ofOthers is null && others.ValueKind != JsonValueKind.True;
        return OfKind(JsonValueKind.Object, (value, place, problems) =>
        {
            foreach (var property in value.EnumerateObject())
            {
                var schemaOfIt = known.GetValueOrDefault(property.Name) ?? ofOthers;
                if (schemaOfIt is not null)
                {
                    schemaOfIt.Check(property.Value, $"{place}.{property.Name}", problems);
                }
                else if (isClosed)
                {
                    problems.Add($"{place}.{property.Name} is not described");
                }
            }
        });
    }

    private static Rule ItemsRule(JsonSchema items) => OfKind(JsonValueKind.Array, (value, place, problems) =>
    {
        var index = 0;
        foreach (var item in value.EnumerateArray())
        {
            items.Check(item, $"{place}[{index++}]", problems);
        }
    });

    private static Rule AnyRule(JsonSchema[] any) => (value, place, problems) =>
    {
        var all = new List<string>();
        foreach (var one in any)
        {
            var found = new List<string>();
            one.Check(value, place, found);
            if (found.Count == 0)
            {
                return;
            }

            all.AddRange(found);
        }

        problems.Add($"{place} must be one of {any.Length} things, and is none of them: {string.Join("; ", all)}");
    };

    private static void RequireAll(string[] names, JsonElement value, string place, List<string> problems)
    {
        foreach (var name in names)
        {
            Require(value.TryGetProperty(name, out _), place, $"lacks '{name}'", problems);
        }
    }

    private static Rule? FormatOf(string format) => format switch
    {
        "uuid" => OfText((text, place, problems) => Require(Guid.TryParseExact(text, "D", out _), place, $"must be a UUID, is {text}", problems)),
        "date-time" => OfText((text, place, problems) => Require(DateTimeForm().IsMatch(text), place, $"must be a time of RFC 3339, is {text}", problems)),
        "int32" => OfKind(JsonValueKind.Number, (value, place, problems) => Require(value.TryGetInt32(out _), place, $"must have 32 bits, is {value}", problems)),
        "int64" => OfKind(JsonValueKind.Number, (value, place, problems) => Require(value.TryGetInt64(out _), place, $"must have 64 bits, is {value}", problems)),
        "binary" => null, // any bytes
        _ => throw new NotSupportedException($"'{format}' is no format that is known here."),
    };

    private static bool IsOf(JsonElement value, string type) => type switch
    {
        "integer" => value.ValueKind == JsonValueKind.Number && (value.TryGetInt64(out _) || double.IsInteger(value.GetDouble())),
        "number" => value.ValueKind == JsonValueKind.Number,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "array" => value.ValueKind == JsonValueKind.Array,
        "object" => value.ValueKind == JsonValueKind.Object,
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => throw new NotSupportedException($"'{type}' is no type."),
    };

    private static Rule OfKind(JsonValueKind kind, Rule rule) => (value, place, problems) =>
    {
        if (value.ValueKind == kind)
        {
            rule(value, place, problems);
        }
    };

    private static Rule OfText(Action<string, string, List<string>> rule) => OfKind(JsonValueKind.String, (value, place, problems) => rule(value.GetString()!, place, problems)); // a string

    private static int Length(string text) => text.EnumerateRunes().Count(); // code points, by the specification

    private static string Short(JsonElement value) => value.GetRawText() is var text && text.Length > 80 ? string.Create(CultureInfo.InvariantCulture, $"{text[..80]}…") : text;

    private static void Require(bool isSo, string place, string otherwise, List<string> problems)
    {
        if (!isSo)
        {
            problems.Add($"{place} {otherwise}");
        }
    }

    [GeneratedRegex("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)\\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DateTimeForm();
}
