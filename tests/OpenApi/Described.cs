using System.Collections.Concurrent;
using System.Text.Json;
using RootCx.Functions.OpenApi;

namespace RootCx.Tests.OpenApi;

/// <summary>The description of the API that is tested.</summary>
internal static class Described
{
    private static readonly ConcurrentDictionary<string, JsonSchema> Schemas = new();

    /// <summary>The whole document.</summary>
    public static JsonElement Document { get; } = JsonSerializer.SerializeToElement(ApiDescription.Read());

    /// <summary>All operations, in the document's order.</summary>
    public static IReadOnlyList<DescribedOperation> Operations { get; } =
    [
        .. from path in Document.GetProperty("paths").EnumerateObject()
           from verb in path.Value.EnumerateObject()
           where verb.Name != "parameters"
           select new DescribedOperation(verb.Name.ToUpperInvariant(), path.Name, verb.Value, path.Value),
    ];

    /// <summary>Finds its way in it.</summary>
    public static DescriptionReader Reader { get; } = new(Document);

    /// <summary>The schema at a place; made once.</summary>
    public static JsonSchema SchemaAt(string pointer) => Schemas.GetOrAdd(pointer, key => new JsonSchema(Reader.At(key), SchemaAt));

    /// <summary>A schema that stands somewhere in the document.</summary>
    public static JsonSchema SchemaOf(JsonElement schema) => new(schema, SchemaAt);

    /// <summary>What is wrong with a value.</summary>
    public static List<string> Problems(JsonSchema schema, JsonElement value)
    {
        var problems = new List<string>();
        schema.Check(value, "$", problems);
        return problems;
    }
}

/// <summary>An operation that is described.</summary>
/// <param name="Method">In upper case.</param>
/// <param name="Path">With its parameters in braces.</param>
/// <param name="Operation">What is said of it.</param>
/// <param name="Item">What is said of the path.</param>
internal sealed record DescribedOperation(string Method, string Path, JsonElement Operation, JsonElement Item)
{
    /// <summary>Its name.</summary>
    public string Id => Operation.GetProperty("operationId").GetString()!; // all have one

    /// <summary>All of its parameters, those of the path first.</summary>
    public IEnumerable<JsonElement> Parameters => Described.Reader.Parameters(Item, Operation);

    /// <summary>Its bodies and answers: where each stands, and what is said of it.</summary>
    public IEnumerable<(string Place, JsonElement Media, string Type)> Contents =>
        from part in Parts()
        let resolved = Described.Reader.Resolved(part.Part)
        where resolved.TryGetProperty("content", out _)
        from media in resolved.GetProperty("content").EnumerateObject()
        select ($"{Id}, {part.Place}", media.Value, media.Name);

    private IEnumerable<(string Place, JsonElement Part)> Parts()
    {
        if (Operation.TryGetProperty("requestBody", out var body))
        {
            yield return ("body", body);
        }

        foreach (var response in Operation.GetProperty("responses").EnumerateObject())
        {
            yield return (response.Name, response.Value);
        }
    }
}
