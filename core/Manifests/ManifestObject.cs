using System.Text.Json;
using RootCx.Core.Json;

namespace RootCx.Core.Manifests;

/// <summary>
/// An object in a manifest. What is missing, and what is null, is not there; what is of another type than is asked for is reported, and is not there either.
/// Keys that nobody asks for do not matter.
/// </summary>
internal sealed class ManifestObject
{
    private readonly Dictionary<string, JsonElement> _members = [];
    private readonly ManifestProblems _problems;

    private ManifestObject(JsonElement element, string path, ManifestProblems problems)
    {
        Path = path;
        _problems = problems;
        foreach (var property in element.EnumerateObject())
        {
            // Of two with the same name the last one counts, as with JSON's other readers. One whose name is no text is unknown to us in any case.
            if (JsonText.NameOrNull(property) is { } name)
            {
                _members[name] = property.Value;
            }
        }
    }

    /// <summary>Where it stands.</summary>
    public string Path { get; }

    /// <summary>The object at <paramref name="path"/>; null, and reported, if it is none.</summary>
    public static ManifestObject? Of(JsonElement element, string path, ManifestProblems problems)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            return new ManifestObject(element, path, problems);
        }

        problems.Add(path, "must be an object");
        return null;
    }

    /// <summary>Says what is wrong with the value of a key.</summary>
    public void Report(string key, string message) => _problems.Add($"{Path}.{key}", message);

    /// <summary>A value, if there is one.</summary>
    public JsonElement? Find(string key) =>
        _members.TryGetValue(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>Which of two spellings of a key is used, the first one if none is; reported if both are and they say different things.</summary>
    public string Spelling(string key, string other)
    {
        if (Find(other) is not { } alternative)
        {
            return key;
        }

        if (Find(key) is { } value && !ManifestValue.AreEqual(value, alternative))
        {
            Report(other, $"says something else than '{key}', which is the same key: leave one of them out");
        }

        return other;
    }

    /// <summary>A text.</summary>
    /// <param name="key">Where.</param>
    /// <param name="longest">In UTF-16 code units.</param>
    public string? Text(string key, int longest)
    {
        if (Find(key) is not { } value)
        {
            return null;
        }

        if (JsonText.OrNull(value) is not { } text)
        {
            Report(key, "must be a string of Unicode text without NUL");
            return null;
        }

        if (text.Length > longest)
        {
            Report(key, $"must have {longest} characters at most");
            return null;
        }

        return text;
    }

    /// <summary>A text that has to be there.</summary>
    /// <param name="key">Where.</param>
    /// <param name="longest">In UTF-16 code units.</param>
    /// <param name="expected">What is to stand there, for people.</param>
    public string? RequireText(string key, int longest, string expected)
    {
        if (Find(key) is null)
        {
            Report(key, $"missing: expected {expected}");
            return null;
        }

        return Text(key, longest);
    }

    /// <summary>A name that has to be there, see <see cref="ManifestNames"/>.</summary>
    public string? RequireName(string key) => Name(key, RequireText(key, int.MaxValue, ManifestNames.Rule));

    /// <summary>A name, see <see cref="ManifestNames"/>.</summary>
    public string? Name(string key) => Name(key, Text(key, int.MaxValue));

    /// <summary>True or false; false if it is not there.</summary>
    public bool Flag(string key)
    {
        var value = Find(key);
        if (value is { ValueKind: not (JsonValueKind.True or JsonValueKind.False) })
        {
            Report(key, "must be true or false");
        }

        return value is { ValueKind: JsonValueKind.True };
    }

    /// <summary>An object.</summary>
    public ManifestObject? Object(string key) => Find(key) is { } value ? Of(value, $"{Path}.{key}", _problems) : null;

    /// <summary>The items of an array; none if it is not there.</summary>
    /// <param name="key">Where.</param>
    /// <param name="most">It may have so many.</param>
    public IReadOnlyList<JsonElement> Items(string key, int most)
    {
        if (Find(key) is not { } value)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            Report(key, "must be an array");
            return [];
        }

        if (value.GetArrayLength() > most)
        {
            Report(key, $"has {value.GetArrayLength()} items: {most} at most");
            return [];
        }

        return [.. value.EnumerateArray()];
    }

    /// <summary>The objects of an array; what is none is reported and left out.</summary>
    /// <param name="key">Where.</param>
    /// <param name="most">It may have so many.</param>
    public IEnumerable<ManifestObject> Objects(string key, int most) => Items(key, most)
        .Select((item, position) => Of(item, $"{Path}.{key}[{position}]", _problems))
        .OfType<ManifestObject>();

    private string? Name(string key, string? text)
    {
        if (text is null || ManifestNames.IsValid(text))
        {
            return text;
        }

        Report(key, $"{ManifestNames.Quote(text)} is no name: expected {ManifestNames.Rule}");
        return null;
    }
}
