using System.Text;
using System.Text.Json;

namespace RootCx.Functions.OpenApi;

/// <summary>Writes operations as HTML.</summary>
internal sealed class OperationHtml(DescriptionReader reader)
{
    private const string Responses = "#/components/responses/";

    /// <summary>An operation, with everything that is said of it.</summary>
    /// <param name="verb">In lower case.</param>
    /// <param name="path">With its parameters in braces.</param>
    /// <param name="item">What is said of the path.</param>
    /// <param name="operation">What is said of the operation.</param>
    public string Of(string verb, string path, JsonElement item, JsonElement operation)
    {
        var id = Html.Text(DescriptionReader.Text(operation, "operationId"));
        var html = new StringBuilder($"<article id=\"{id}\" aria-labelledby=\"{id}-title\"><h3 id=\"{id}-title\">{Html.Text(DescriptionReader.Text(operation, "summary"))}</h3>")
            .Append($"<p class=\"route\"><span class=\"verb\">{verb.ToUpperInvariant()}</span> <code>{Html.Text(path)}</code> <a href=\"#{id}\"><code>{id}</code></a></p>")
            .Append(Html.Prose(DescriptionReader.Text(operation, "description")));
        var parameters = reader.Parameters(item, operation).ToList();
        if (parameters.Count > 0)
        {
            html.Append("<h4>Parameters</h4><ul class=\"keys\">").AppendJoin("", parameters.Select(Parameter)).Append("</ul>");
        }

        if (operation.TryGetProperty("requestBody", out var body))
        {
            html.Append("<h4>Body</h4>").Append(Described(reader.Resolved(body))).Append(Contents(reader.Resolved(body)));
        }

        html.Append("<h4>Answers</h4><dl>");
        foreach (var response in operation.GetProperty("responses").EnumerateObject())
        {
            html.Append("<dt>").Append(Html.Text(response.Name)).Append("</dt><dd>").Append(Answer(response.Value)).Append("</dd>");
        }

        return html.Append("</dl><h4>In a shell</h4>").Append(Html.Block(CurlLine.Of(reader, verb, path, item, operation))).Append("</article>").ToString();
    }

    /// <summary>What an answer has: its headers, its body, its examples.</summary>
    public string Contents(JsonElement part)
    {
        var html = new StringBuilder();
        var headers = DescriptionReader.Entries(part, "headers").ToList();
        if (headers.Count > 0)
        {
            html.Append("<ul class=\"keys\">").AppendJoin("", headers.Select(header => Header(header.Name, reader.Resolved(header.Value)))).Append("</ul>");
        }

        foreach (var media in DescriptionReader.Entries(part, "content"))
        {
            var schema = media.Value.TryGetProperty("schema", out var given) ? given : default;
            html.Append("<p><code>").Append(Html.Text(media.Name)).Append("</code>")
                .Append(schema.ValueKind == JsonValueKind.Object ? $", <span class=\"kind\">{SchemaHtml.Kind(schema)}</span>" : "")
                .Append(media.Value.TryGetProperty("x-event", out var data) ? $", with data of each event <span class=\"kind\">{SchemaHtml.Kind(data)}</span>" : "")
                .Append("</p>")
                .Append(schema.ValueKind == JsonValueKind.Object ? SchemaHtml.Keys(schema) : "");
            foreach (var (name, value) in media.Name == "multipart/form-data" ? [] : reader.Examples(media.Value))
            {
                html.Append("<details><summary>").Append(name.Length > 0 ? $"Example: {Html.Line(name)}" : "Example").Append("</summary>")
                    .Append(media.Name == "application/json" ? Html.Json(value) : Html.Block(value.ToString())).Append("</details>");
            }
        }

        return html.ToString();
    }

    // What several operations answer is shown once.
    private string Answer(JsonElement response)
    {
        if (DescriptionReader.Reference(response) is not { } pointer)
        {
            return $"{Described(response)}{Contents(response)}";
        }

        var name = Html.Text(pointer[Responses.Length..]);
        var own = DescriptionReader.Text(response, "description");
        return $"<p>{Html.Line(own.Length > 0 ? own : DescriptionReader.Text(reader.At(pointer), "description"))} <a href=\"#answer-{name}\">{name}</a></p>";
    }

    private static string Described(JsonElement part) => DescriptionReader.Text(part, "description") is { Length: > 0 } text ? Html.Prose(text) : "";

    private static string Parameter(JsonElement parameter)
    {
        var note = parameter.GetProperty("required").GetBoolean() ? "" : ", optional";
        return $"<li><code>{Html.Text(DescriptionReader.Text(parameter, "name"))}</code> <span class=\"note\">in the {Html.Text(DescriptionReader.Text(parameter, "in"))}{note}</span> "
            + $"<span class=\"kind\">{SchemaHtml.Kind(parameter.GetProperty("schema"))}</span> <span>{Html.Line(DescriptionReader.Text(parameter, "description"))}</span> "
            + $"<span class=\"note\">for example</span> <code>{Html.Text(parameter.GetProperty("example").ToString())}</code></li>";
    }

    private static string Header(string name, JsonElement header) =>
        $"<li><code>{Html.Text(name)}</code> <span class=\"note\">header</span> <span class=\"kind\">{SchemaHtml.Kind(header.GetProperty("schema"))}</span> "
        + $"<span>{Html.Line(DescriptionReader.Text(header, "description"))}</span></li>";
}
