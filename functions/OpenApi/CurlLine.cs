using System.Text.Encodings.Web;
using System.Text.Json;

namespace RootCx.Functions.OpenApi;

/// <summary>Says how an operation is called from a shell, with its examples. <c>$URL</c> and <c>$TOKEN</c> are the reader's.</summary>
internal static class CurlLine
{
    private const string NextLine = " \\\n  ";

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The command.</summary>
    /// <param name="reader">The description.</param>
    /// <param name="verb">In lower case.</param>
    /// <param name="path">With its parameters in braces.</param>
    /// <param name="item">What is said of the path.</param>
    /// <param name="operation">What is said of the operation.</param>
    public static string Of(DescriptionReader reader, string verb, string path, JsonElement item, JsonElement operation)
    {
        var parameters = reader.Parameters(item, operation).ToList();
        foreach (var parameter in parameters.Where(parameter => parameter.GetProperty("in").ValueEquals("path")))
        {
            path = path.Replace($"{{{DescriptionReader.Text(parameter, "name")}}}", Uri.EscapeDataString(parameter.GetProperty("example").ToString()), StringComparison.Ordinal);
        }

        var query = string.Join('&', parameters
            .Where(parameter => parameter.GetProperty("in").ValueEquals("query") && parameter.GetProperty("required").GetBoolean())
            .Select(parameter => $"{DescriptionReader.Text(parameter, "name")}={Uri.EscapeDataString(parameter.GetProperty("example").ToString())}"));
        var parts = new List<string> { $"curl{Options(verb, operation)} \"$URL{path}{(query.Length > 0 ? $"?{query}" : "")}\"" };
        if (!operation.TryGetProperty("security", out _))
        {
            parts.Add("-H \"Authorization: Bearer $TOKEN\"");
        }

        if (operation.TryGetProperty("requestBody", out var body))
        {
            parts.AddRange(BodyOf(reader, reader.Resolved(body).GetProperty("content")));
        }

        return string.Join(NextLine, parts);
    }

    private static string Options(string verb, JsonElement operation) => verb switch
    {
        "get" => Answers(operation, "text/event-stream") ? " -N" : Answers(operation, "application/gzip") ? " -OJ" : "",
        "head" => " -I",
        _ => $" -X {verb.ToUpperInvariant()}",
    };

    private static bool Answers(JsonElement operation, string type) =>
        operation.GetProperty("responses").TryGetProperty("200", out var answer) && answer.TryGetProperty("content", out var content) && content.TryGetProperty(type, out _);

    private static IEnumerable<string> BodyOf(DescriptionReader reader, JsonElement content) => content.TryGetProperty("application/json", out var media)
        ? ["-H 'content-type: application/json'", $"-d '{JsonSerializer.Serialize(reader.Examples(media).First().Value, Compact).Replace("'", @"'\''", StringComparison.Ordinal)}'"]
        : ["-F archive=@app.tar.gz"];
}
