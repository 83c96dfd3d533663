using System.Text;
using System.Text.Json;

namespace RootCx.Functions.OpenApi;

/// <summary>Writes schemas as HTML.</summary>
internal static class SchemaHtml
{
    private const string Place = "#/components/schemas/";

    /// <summary>What kind of value it is, in a few words, with links to schemas that have a name.</summary>
    public static string Kind(JsonElement schema)
    {
        if (DescriptionReader.Reference(schema) is { } pointer)
        {
            var name = Html.Text(pointer[Place.Length..]);
            return $"<a href=\"#schema-{name}\">{name}</a>";
        }

        if (schema.TryGetProperty("anyOf", out var any))
        {
            return string.Join(" or ", any.EnumerateArray().Select(Kind));
        }

        var words = TypesOf(schema).Select(type => type switch
        {
            "array" => $"array of {(schema.TryGetProperty("items", out var items) ? Kind(items) : "any JSON")}",
            "object" when schema.TryGetProperty("additionalProperties", out var of) && of.ValueKind == JsonValueKind.Object => $"object of {Kind(of)}",
            _ => type,
        });
        var kind = string.Join(" or ", words) is { Length: > 0 } text ? text : "any JSON";
        return $"{kind}{Limits(schema)}";
    }

    /// <summary>Its keys, if it is an object that says which it has; else nothing.</summary>
    public static string Keys(JsonElement schema)
    {
        if (!schema.TryGetProperty("properties", out var properties))
        {
            return schema.TryGetProperty("items", out var items) ? Keys(items) : "";
        }

        var required = DescriptionReader.Items(schema, "required").Select(name => name.GetString()).ToHashSet();
        var html = new StringBuilder("<ul class=\"keys\">");
        foreach (var property in properties.EnumerateObject())
        {
            html.Append("<li><code>").Append(Html.Text(property.Name)).Append("</code> <span class=\"kind\">").Append(Kind(property.Value)).Append("</span>")
                .Append(required.Contains(property.Name) ? "" : " <span class=\"note\">optional</span>");
            if (DescriptionReader.Text(property.Value, "description") is { Length: > 0 } description)
            {
                html.Append(" <span>").Append(Html.Line(description)).Append("</span>");
            }

            html.Append(Keys(property.Value)).Append("</li>");
        }

        return html.Append("</ul>").ToString();
    }

    private static IEnumerable<string> TypesOf(JsonElement schema) => !schema.TryGetProperty("type", out var type) ? []
        : type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(one => one.GetString()!) // names
        : [type.GetString()!]; // a name

    private static string Limits(JsonElement schema)
    {
        var limits = new List<string>();
        Add("format", of => of.GetString()!); // a name
        Add("const", of => $"always <code>{Html.Text(of.GetRawText())}</code>");
        Add("enum", of => string.Join(", ", of.EnumerateArray().Select(one => $"<code>{Html.Text(one.GetRawText())}</code>")));
        Add("minimum", of => $"from {of}");
        Add("maximum", of => $"up to {of}");
        Add("minLength", of => $"{of} characters at least");
        Add("maxLength", of => $"{of} characters at most");
        Add("minItems", of => $"{of} items at least");
        Add("maxItems", of => $"{of} items at most");
        Add("pattern", of => $"<code>{Html.Text(of.ToString())}</code>");
        Add("default", of => $"{Html.Text(of.ToString())} if it is missing");
        return limits.Count == 0 ? "" : $" ({string.Join("; ", limits)})";

        void Add(string keyword, Func<JsonElement, string> say)
        {
            if (schema.TryGetProperty(keyword, out var of))
            {
                limits.Add(say(of));
            }
        }
    }
}
