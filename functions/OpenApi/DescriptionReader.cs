using System.Text.Json;

namespace RootCx.Functions.OpenApi;

/// <summary>Finds its way in a description.</summary>
/// <param name="document">The whole of it.</param>
public sealed class DescriptionReader(JsonElement document)
{
    private const string Keyword = "$ref";

    /// <summary>The whole of it.</summary>
    public JsonElement Document { get; } = document;

    /// <summary>What stands at a place that is written as <c>#/a/b</c>.</summary>
    public JsonElement At(string place) =>
        place.Split('/').Skip(1).Aggregate(Document, (at, name) => at.GetProperty(name.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)));

    /// <summary>A part itself, or what it refers to.</summary>
    public JsonElement Resolved(JsonElement part) => Reference(part) is { } place ? At(place) : part;

    /// <summary>The place that a part refers to; null for one that stands for itself.</summary>
    public static string? Reference(JsonElement part) => part.TryGetProperty(Keyword, out var place) ? place.GetString() : null;

    /// <summary>The parameters of an operation, those of its path first.</summary>
    public IEnumerable<JsonElement> Parameters(JsonElement path, JsonElement operation) =>
        Items(path, "parameters").Concat(Items(operation, "parameters")).Select(Resolved);

    /// <summary>A text of a part; empty if there is none.</summary>
    public static string Text(JsonElement part, string name) => part.TryGetProperty(name, out var text) ? text.GetString() ?? "" : "";

    /// <summary>The entries of an object in a part; none if there is no such object.</summary>
    public static IEnumerable<JsonProperty> Entries(JsonElement part, string name) => part.TryGetProperty(name, out var entries) ? entries.EnumerateObject() : default(IEnumerable<JsonProperty>) ?? [];

    /// <summary>The items of an array in a part; none if there is no such array.</summary>
    public static IEnumerable<JsonElement> Items(JsonElement part, string name) => part.TryGetProperty(name, out var items) ? items.EnumerateArray() : default(IEnumerable<JsonElement>) ?? [];

    /// <summary>The examples of a body or an answer: its own ones, else one that is made of its schema.</summary>
    public IEnumerable<(string Name, JsonElement Value)> Examples(JsonElement media)
    {
        if (media.TryGetProperty("example", out var only))
        {
            return [("", only)];
        }

        if (media.TryGetProperty("examples", out var named))
        {
            return named.EnumerateObject().Select(one => (Text(one.Value, "summary"), one.Value.GetProperty("value")));
        }

        return media.TryGetProperty("schema", out var schema) && ExampleValue.TryMake(schema, At, out var made) ? [("", JsonSerializer.SerializeToElement(made))] : [];
    }
}
