using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace RootCx.Functions.OpenApi;

/// <summary>Makes the page that people read the API's description on: one document without scripts, and without anything that is fetched from elsewhere.</summary>
public sealed class ReferencePage
{
    private readonly DescriptionReader _reader;
    private readonly OperationHtml _operations;

    /// <summary>Makes it.</summary>
    /// <param name="document">The description.</param>
    public ReferencePage(JsonElement document)
    {
        _reader = new DescriptionReader(document);
        _operations = new OperationHtml(_reader);
        var style = Style();
        Content = Page(style);
        Policy = $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)))}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    }

    /// <summary>HTML.</summary>
    public string Content { get; }

    /// <summary>What it may do in a browser: use its own style sheet.</summary>
    public string Policy { get; }

    private static string Style()
    {
        using var file = typeof(ReferencePage).Assembly.GetManifestResourceStream($"{typeof(ReferencePage).Namespace}.Reference.css")
            ?? throw new InvalidOperationException("There is no resource OpenApi/Reference.css in the assembly.");
        using var reader = new StreamReader(file);
        return reader.ReadToEnd().ReplaceLineEndings("\n"); // as a browser hashes it
    }

    private string Page(string style)
    {
        var info = _reader.Document.GetProperty("info");
        var title = Html.Text(DescriptionReader.Text(info, "title"));
        var tags = _reader.Document.GetProperty("tags").EnumerateArray().ToList();
        return
            $"""
            <!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>{title}: API</title><style>{style}</style></head>
            <body>
            <a class="skip" href="#content">To the content</a>
            <nav aria-label="Contents">{string.Concat(tags.Select(Contents))}<p><a href="#answers">Answers of many operations</a></p><p><a href="#schemas">Schemas</a></p></nav>
            <main id="content">
            <h1>{title}</h1>
            {Html.Prose(DescriptionReader.Text(info, "summary"))}
            {Html.Prose(DescriptionReader.Text(info, "description"))}
            <p>For tools: <a href="/api/v1/openapi.json">openapi.json</a>, version {Html.Text(DescriptionReader.Text(info, "version"))}. In the commands below, <code>$URL</code> is this platform and <code>$TOKEN</code> an access token.</p>
            {string.Concat(tags.Select(Section))}
            <section id="answers" aria-labelledby="answers-title"><h2 id="answers-title">Answers of many operations</h2>{string.Concat(Components("responses").Select(Answer))}</section>
            <section id="schemas" aria-labelledby="schemas-title"><h2 id="schemas-title">Schemas</h2>{string.Concat(Components("schemas").Select(Schema))}</section>
            </main>
            </body>
            </html>
            """;
    }

    private string Contents(JsonElement tag)
    {
        var name = Html.Text(DescriptionReader.Text(tag, "name"));
        var entries = Of(tag).Select(found =>
            $"<li><a href=\"#{Html.Text(DescriptionReader.Text(found.Operation, "operationId"))}\">{Html.Line(DescriptionReader.Text(found.Operation, "summary"))}</a></li>");
        return $"<p><a href=\"#tag-{name}\">{name}</a></p><ul>{string.Concat(entries)}</ul>";
    }

    private string Section(JsonElement tag)
    {
        var name = Html.Text(DescriptionReader.Text(tag, "name"));
        return $"<section id=\"tag-{name}\" aria-labelledby=\"tag-{name}-title\"><h2 id=\"tag-{name}-title\">{name}</h2>{Html.Prose(DescriptionReader.Text(tag, "description"))}"
            + $"{string.Concat(Of(tag).Select(found => _operations.Of(found.Verb, found.Path, found.Item, found.Operation)))}</section>";
    }

    private string Answer(JsonProperty response) =>
        $"<article id=\"answer-{Html.Text(response.Name)}\"><h3>{Html.Text(response.Name)}</h3>{Html.Prose(DescriptionReader.Text(response.Value, "description"))}{_operations.Contents(response.Value)}</article>";

    private string Schema(JsonProperty schema)
    {
        var description = DescriptionReader.Text(schema.Value, "description");
        var example = ExampleValue.TryMake(schema.Value, _reader.At, out var made)
            ? $"<details><summary>Example</summary>{Html.Json(JsonSerializer.SerializeToElement(made))}</details>"
            : "";
        return $"<article id=\"schema-{Html.Text(schema.Name)}\"><h3>{Html.Text(schema.Name)}</h3>{(description.Length > 0 ? Html.Prose(description) : "")}"
            + $"<p class=\"kind\">{SchemaHtml.Kind(schema.Value)}</p>{SchemaHtml.Keys(schema.Value)}{example}</article>";
    }

    private IEnumerable<(string Verb, string Path, JsonElement Item, JsonElement Operation)> Of(JsonElement tag) =>
        from path in DescriptionReader.Entries(_reader.Document, "paths")
        from verb in path.Value.EnumerateObject()
        where verb.Value.ValueKind == JsonValueKind.Object && verb.Value.GetProperty("tags")[0].ValueEquals(DescriptionReader.Text(tag, "name"))
        select (verb.Name, path.Name, path.Value, verb.Value);

    private IEnumerable<JsonProperty> Components(string kind) => DescriptionReader.Entries(_reader.Document.GetProperty("components"), kind);
}
