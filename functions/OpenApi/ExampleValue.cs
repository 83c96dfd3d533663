using System.Text.Json;
using System.Text.Json.Nodes;

namespace RootCx.Functions.OpenApi;

/// <summary>Makes examples of schemas: the one that a schema has, else one that is put together from those of its parts.</summary>
public static class ExampleValue
{
    /// <summary>An example of a schema; false if it, or something that it requires, has none.</summary>
    /// <param name="schema">Of the description.</param>
    /// <param name="resolve">The schema that a <c>$ref</c> stands for.</param>
    /// <param name="example">The example, which may be a null.</param>
    public static bool TryMake(JsonElement schema, Func<string, JsonElement> resolve, out JsonNode? example)
    {
        if (schema.TryGetProperty("$ref", out var pointer))
        {
            return TryMake(resolve(pointer.GetString()!), resolve, out example); // by the specification a text
        }

        if (schema.TryGetProperty("examples", out var examples))
        {
            example = ToNode(examples[0]);
            return true;
        }

        if (schema.TryGetProperty("properties", out var properties))
        {
            return TryMakeObject(schema, properties, resolve, out example);
        }

        if (schema.TryGetProperty("items", out var items) && TryMake(items, resolve, out var item))
        {
            example = new JsonArray(item);
            return true;
        }

        example = null;
        return schema.TryGetProperty("anyOf", out var any) ? TryMake(any[0], resolve, out example)
            : schema.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("null");
    }

    /// <summary>The same JSON, to be put elsewhere.</summary>
    internal static JsonNode? ToNode(JsonElement value) => JsonNode.Parse(value.GetRawText());

    private static bool TryMakeObject(JsonElement schema, JsonElement properties, Func<string, JsonElement> resolve, out JsonNode? example)
    {
        var made = new JsonObject();
        foreach (var property in properties.EnumerateObject())
        {
            if (TryMake(property.Value, resolve, out var value))
            {
                made.Add(property.Name, value);
            }
        }

        example = made;
        return !schema.TryGetProperty("required", out var required) || required.EnumerateArray().All(name => made.ContainsKey(name.GetString()!)); // names
    }
}
