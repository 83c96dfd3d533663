using System.Text.Json;
using RootCx.Core.Errors;
using RootCx.Core.Json;
using RootCx.Core.Manifests;

namespace RootCx.Core.Collections;

/// <summary>Reads the parts of a query. What is null is as good as missing.</summary>
internal static class QueryFields
{
    /// <summary>Most rows of a page.</summary>
    public const int MostRows = 1000;

    /// <summary>Rows of a page that says nothing of it.</summary>
    public const int UsualRows = 100;

    /// <summary>Refuses a body that is no object, or has other keys than these.</summary>
    public static void RequireKnown(JsonElement body, params ReadOnlySpan<string> known)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            throw Refused("body must be a JSON object");
        }

        foreach (var property in body.EnumerateObject())
        {
            if (JsonText.NameOrNull(property) is not { } name || !known.Contains(name))
            {
                throw Refused($"unknown key '{JsonText.NameOrNull(property)}': expected {string.Join(", ", known!)}");
            }
        }
    }

    /// <summary>Rows of a page: 1 to <see cref="MostRows"/>; what lies outside counts as the nearer end.</summary>
    public static int Limit(JsonElement body, int usually = UsualRows) => (int)Math.Clamp(Integer(body, "limit") ?? usually, 1, MostRows);

    /// <summary>Rows to pass over.</summary>
    public static long Offset(JsonElement body) => Integer(body, "offset") is var offset and not < 0 ? offset ?? 0 : throw Refused("'offset' must not be negative");

    /// <summary>A value that is there and not null.</summary>
    public static JsonElement? Optional(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>A text, or null.</summary>
    public static string? Text(JsonElement body, string name) =>
        Optional(body, name) is not { } value ? null : JsonText.OrNull(value) ?? throw Refused($"'{name}' must be text");

    /// <summary>A whole number, or null.</summary>
    public static long? Integer(JsonElement body, string name) => Optional(body, name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number
        : throw Refused($"'{name}' must be a whole number");

    /// <summary>Names of fields, each once; null if there are none.</summary>
    public static IReadOnlyList<Field>? Fields(Entity entity, JsonElement body, string name)
    {
        if (Optional(body, name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
        {
            throw Refused($"'{name}' must be an array of field names");
        }

        return
        [
            .. value.EnumerateArray()
                .Select((item, index) => (Text: JsonText.OrNull(item) ?? throw Refused($"'{name}[{index}]' must be a field's name"), Place: $"{name}[{index}]"))
                .Select(item => entity.Find(item.Text) ?? throw RowWrite.Unknown(entity, item.Text, item.Place))
                .Distinct(),
        ];
    }

    /// <summary>Whether <c>order</c> says that the last ones come first.</summary>
    public static bool Descending(JsonElement body, bool usually) => Text(body, "order") switch
    {
        null => usually,
        var text when text.Equals("asc", StringComparison.OrdinalIgnoreCase) => false,
        var text when text.Equals("desc", StringComparison.OrdinalIgnoreCase) => true,
        _ => throw Refused("'order' must be asc or desc"),
    };

    private static RefusedException Refused(string text) => new(Refusal.Invalid, text);
}
