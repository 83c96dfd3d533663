using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using RootCx.Functions.Api;
using RootCx.Local.Launcher;
using RootCx.Tests.Platform;

namespace RootCx.Tests.OpenApi;

/// <summary>The description is of this API, all of it, and right in itself.</summary>
public sealed partial class DescriptionTests(PlatformStack stack)
{
    [Fact]
    public void It_has_every_http_function_and_nothing_else()
    {
        var functions =
            from function in FunctionMethods.WithTrigger<HttpTriggerAttribute>()
            where function.Name != "Fallback"
            from verb in function.Trigger.Methods!
            select $"{verb.ToUpperInvariant()} /{function.Trigger.Route!.Replace("{*", "{", StringComparison.Ordinal)}";
        Assert.Equal(
            functions.Order(StringComparer.Ordinal), Described.Operations.Select(operation => $"{operation.Method} {operation.Path}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void It_says_who_may_do_what_as_the_security_page_does()
    {
        var table =
            from line in File.ReadLines(Path.Combine(NodePackages.FindRepositoryRoot(), "docs", "security.md"))
            let cells = line.Split('|', StringSplitOptions.TrimEntries)
            where cells.Length == 6 && cells[2].StartsWith("`/", StringComparison.Ordinal)
            select $"{cells[1]} {cells[2].Trim('`').Replace("{*", "{", StringComparison.Ordinal)}: {cells[3]}, worker: {cells[4]}";
        var described =
            from operation in Described.Operations
            let worker = operation.Operation.TryGetProperty("x-worker", out var may) && may.GetBoolean()
            select $"{operation.Method} {operation.Path}: {operation.Operation.GetProperty("x-access").GetString()}, worker: {(worker ? "yes" : "no")}";
        Assert.Equal(table.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_operation_has_a_name_a_summary_and_a_kind()
    {
        var tags = Described.Document.GetProperty("tags").EnumerateArray().Select(tag => tag.GetProperty("name").GetString()!).ToList();
        Assert.All(Described.Document.GetProperty("tags").EnumerateArray(), tag => Assert.NotEmpty(tag.GetProperty("description").GetString()!));
        Assert.All(Described.Operations, operation =>
        {
            Assert.Matches("^[a-z][A-Za-z]+$", operation.Id);
            Assert.NotEmpty(operation.Operation.GetProperty("summary").GetString()!);
            Assert.Contains(operation.Operation.GetProperty("tags").EnumerateArray().Single().GetString()!, tags);
        });
        Assert.Equal(Described.Operations.Count, Described.Operations.Select(operation => operation.Id).Distinct().Count());
    }

    [Fact]
    public void Every_parameter_of_a_path_is_described_and_every_parameter_has_an_example_that_fits() => Assert.All(Described.Operations, operation =>
    {
        var inPath = operation.Parameters.Where(parameter => parameter.GetProperty("in").GetString() == "path").Select(parameter => parameter.GetProperty("name").GetString()!);
        Assert.Equal(PathParameter().Matches(operation.Path).Select(match => match.Groups["name"].Value).Order(), inPath.Order());
        Assert.All(operation.Parameters, parameter =>
        {
            Assert.NotEmpty(parameter.GetProperty("description").GetString()!);
            Assert.Empty(Described.Problems(Described.SchemaOf(parameter.GetProperty("schema")), parameter.GetProperty("example")));
        });
    });

    [Fact]
    public void Every_reference_leads_somewhere() => Assert.All(References(Described.Document), pointer => Described.Reader.At(pointer));

    [Fact]
    public void Every_component_is_referred_to()
    {
        var used = References(Described.Document).ToHashSet();
        var unused =
            from kind in Described.Document.GetProperty("components").EnumerateObject()
            where kind.Name != "securitySchemes"
            from component in kind.Value.EnumerateObject()
            let pointer = $"#/components/{kind.Name}/{component.Name}"
            where !used.Contains(pointer)
            select pointer;
        Assert.Empty(unused);
    }

    [Fact]
    public void Every_schema_has_only_keywords_that_answers_are_checked_for() =>
        Assert.All(Described.Document.GetProperty("components").GetProperty("schemas").EnumerateObject(), schema => Described.SchemaAt($"#/components/schemas/{schema.Name}"));

    [Fact]
    public void Every_body_and_answer_in_json_has_an_example_that_fits() => Assert.All(
        Described.Operations.SelectMany(operation => operation.Contents).Where(content => content.Type == "application/json"),
        content =>
        {
            var schema = Described.SchemaOf(content.Media.GetProperty("schema"));
            var examples = Described.Reader.Examples(content.Media).Select(example => example.Value).ToList();
            Assert.True(examples.Count > 0, $"{content.Place} has no example");
            Assert.All(examples, example => Assert.True(Described.Problems(schema, example) is [], $"{content.Place}: {string.Join("; ", Described.Problems(schema, example))}"));
        });

    [Fact]
    public void Every_example_of_a_schema_fits_it() => Assert.All(
        Schemas(Described.Document.GetProperty("components").GetProperty("schemas"), "schemas"),
        found =>
        {
            var schema = Described.SchemaOf(found.Schema);
            Assert.All(found.Schema.GetProperty("examples").EnumerateArray(), example => Assert.True(
                Described.Problems(schema, example) is [], $"{found.Place}: {string.Join("; ", Described.Problems(schema, example))}"));
        });

    [Fact]
    public void Texts_have_no_other_markup_than_code() => Assert.All(
        Texts(Described.Document), text => Assert.DoesNotMatch(@"\*\*|\]\(|^#|^[-*] |<[a-z]", CodeSpan().Replace(text, "")));

    [Fact]
    public async Task It_is_served_to_anybody_and_not_sent_twice()
    {
        using var answer = await stack.Anonymous().GetAsync("/api/v1/openapi.json");
        var document = await answer.JsonAsync(HttpStatusCode.OK);
        Assert.Equal("no-cache", answer.Headers.CacheControl?.ToString());
        Assert.True(JsonElement.DeepEquals(Described.Document, JsonSerializer.SerializeToElement(document)));

        using var again = new HttpRequestMessage(HttpMethod.Get, "/api/v1/openapi.json");
        again.Headers.IfNoneMatch.Add(new EntityTagHeaderValue(answer.Headers.ETag!.Tag));
        using var unchanged = await stack.Anonymous().SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        Assert.Equal(answer.Headers.ETag, unchanged.Headers.ETag);
    }

    private static IEnumerable<string> References(JsonElement part) => part.ValueKind switch
    {
        JsonValueKind.Object => part.EnumerateObject().SelectMany(property => property.Name == "$ref" ? [property.Value.GetString()!] : References(property.Value)), // by the specification
        JsonValueKind.Array => part.EnumerateArray().SelectMany(References),
        _ => [],
    };

    private static IEnumerable<(string Place, JsonElement Schema)> Schemas(JsonElement part, string place)
    {
        if (part.ValueKind != JsonValueKind.Object)
        {
            return [];
        }

        var below = part.EnumerateObject().Where(property => property.Name is not ("examples" or "example" or "default")).SelectMany(property => Schemas(property.Value, $"{place}.{property.Name}"));
        return part.TryGetProperty("examples", out var examples) && examples.ValueKind == JsonValueKind.Array ? below.Prepend((place, part)) : below;
    }

    private static IEnumerable<string> Texts(JsonElement part) => part.ValueKind switch
    {
        JsonValueKind.Object => part.EnumerateObject().SelectMany(property =>
            property.Name is "description" or "summary" && property.Value.ValueKind == JsonValueKind.String ? [property.Value.GetString()!] : Texts(property.Value)), // a string
        JsonValueKind.Array => part.EnumerateArray().SelectMany(Texts),
        _ => [],
    };

    [GeneratedRegex("\\{(?<name>[A-Za-z]+)\\}", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PathParameter();

    [GeneratedRegex("`[^`]*`", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CodeSpan();
}
