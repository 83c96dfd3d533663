using System.Collections.Concurrent;
using System.Text.Json;
using RootCx.Functions.OpenApi;

namespace RootCx.Tests.OpenApi;

/// <summary>An operation, ready to compare answers with.</summary>
internal sealed class DescribedRoute(DescribedOperation operation)
{
    private const string Rest = "{path}"; // any number of steps

    private readonly ConcurrentDictionary<int, DescribedAnswer?> _answers = new();
    private readonly string[] _steps = operation.Path.Split('/');

    /// <summary>The operation's name.</summary>
    public string Id => operation.Id;

    /// <summary>How many steps of its path are no parameters; of the routes that a path matches, the one with the most is meant.</summary>
    public int Literals => _steps.Count(step => !step.StartsWith('{'));

    /// <summary>Whether a request may be one of it.</summary>
    public bool Matches(string method, string path)
    {
        var steps = path.Split('/');
        var isOpen = _steps[^1] == Rest;
        return method == operation.Method
            && (isOpen ? steps.Length >= _steps.Length - 1 : steps.Length == _steps.Length)
            && _steps.Zip(steps).All(pair => pair.First.StartsWith('{') ? pair.Second.Length > 0 || isOpen : pair.First.Equals(pair.Second, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>What is said of answers with this status; null if nothing is.</summary>
    public DescribedAnswer? AnswerOf(int status) => _answers.GetOrAdd(
        status, key => operation.Operation.GetProperty("responses").TryGetProperty($"{key}", out var response) ? new DescribedAnswer(Described.Reader.Resolved(response)) : null);
}

/// <summary>What is said of answers with one status.</summary>
internal sealed class DescribedAnswer
{
    private readonly string[] _headers;
    private readonly Dictionary<string, DescribedMedia> _medias;

    /// <summary>Reads it.</summary>
    public DescribedAnswer(JsonElement response)
    {
        _headers =
        [
            .. from header in DescriptionReader.Entries(response, "headers")
               where Described.Reader.Resolved(header.Value).TryGetProperty("required", out var required) && required.GetBoolean()
               select header.Name,
        ];
        _medias = DescriptionReader.Entries(response, "content").ToDictionary(media => media.Name, media => new DescribedMedia(
            media.Value.TryGetProperty("schema", out var schema) ? Described.SchemaOf(schema) : null,
            media.Value.TryGetProperty("x-event", out var data) ? Described.SchemaOf(data) : null));
    }

    /// <summary>It has no body.</summary>
    public bool IsEmpty => _medias.Count == 0;

    /// <summary>Which types it may have.</summary>
    public IEnumerable<string> Types => _medias.Keys;

    /// <summary>What is said of a type; null if nothing is.</summary>
    public DescribedMedia? MediaOf(string type) =>
        _medias.GetValueOrDefault(type) ?? _medias.GetValueOrDefault($"{type.Split('/')[0]}/*") ?? _medias.GetValueOrDefault("*/*");

    /// <summary>Adds what is missing of its headers.</summary>
    public void CheckHeaders(HttpResponseMessage answer, List<string> problems) => problems.AddRange(
        _headers.Where(name => !answer.Headers.Contains(name)).Select(name => $"the header {name} is missing"));
}

/// <summary>What is said of a body.</summary>
/// <param name="Schema">Of all of it; null for one that is not JSON.</param>
/// <param name="Event">Of the data of each of its events, if it is a stream of them.</param>
internal sealed record DescribedMedia(JsonSchema? Schema, JsonSchema? Event);
