using System.Globalization;
using System.Text.Json;
using RootCx.Core.Json;

namespace RootCx.Core.Manifests;

/// <summary>Reads fields' defaults and writes them as SQL.</summary>
internal static class FieldDefault
{
    private const string RandomUuid = "gen_random_uuid()";
    private const string Today = "CURRENT_DATE";
    private const string Words = "now() or current_date";

    private static readonly string[] Moments =
        ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mmK", "yyyy-MM-dd HH:mm:ssK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK"];

    /// <summary>The default as SQL of the field's type, or null for none.</summary>
    /// <param name="field">What is read.</param>
    /// <param name="type">The field's.</param>
    /// <param name="values">The only values it may have, or null.</param>
    public static string? Read(ManifestObject field, FieldType type, IReadOnlyList<string>? values)
    {
        var key = field.Spelling("default_value", "defaultValue");
        if (field.Find(key) is not { } value)
        {
            return null;
        }

        if (Render(value, type) is not { } sql)
        {
            field.Report(key, $"must be {Expected(type)}");
            return null;
        }

        if (values is not null && (type == FieldType.Number ? ManifestValue.Number(value) : JsonText.OrNull(value)) is { } text && !values.Contains(text))
        {
            field.Report(key, $"{ManifestNames.Quote(text)} is none of the values that the field may have");
        }

        return sql;
    }

    /// <summary>The default of an <c>id</c>: the database makes UUIDs, unless they are those of other rows.</summary>
    /// <param name="field">What is read.</param>
    /// <param name="type">The field's.</param>
    /// <param name="isLink">It points to other rows.</param>
    public static string? ReadOfId(ManifestObject field, FieldType type, bool isLink)
    {
        var key = field.Spelling("default_value", "defaultValue");
        var made = type == FieldType.Uuid && !isLink ? RandomUuid : null;
        if (field.Find(key) is { } value && (made is null || Render(value, type) != made))
        {
            field.Report(key, made is null ? "this id can't have a default: leave it out" : $"must be {RandomUuid}, or left out");
        }

        return made;
    }

    private static string Expected(FieldType type) => type switch
    {
        FieldType.Text => "a string of Unicode text without NUL",
        FieldType.Number => "a number",
        FieldType.Boolean => "true or false",
        FieldType.Date => $"a date such as \"2026-03-15\", or {Words}",
        FieldType.Timestamp => $"a moment such as \"2026-03-15T08:00:00Z\", or {Words}",
        FieldType.Json => "JSON whose strings are Unicode text without NUL and whose numbers fit 64 bits",
        FieldType.Uuid => $"a UUID, or {RandomUuid}",
        FieldType.TextArray => "an array of strings of Unicode text without NUL",
        _ => "an array of numbers",
    };

    private static string? Render(JsonElement value, FieldType type)
    {
        var text = JsonText.OrNull(value);
        return type switch
        {
            FieldType.Text => Literal(text),
            FieldType.Number => Literal(ManifestValue.Number(value)),
            FieldType.Boolean => Literal(value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetRawText() : null),
            FieldType.Date => IsWord(text, "now()", "now", "current_timestamp", "current_date") ? Today : Literal(Date(text)),
            FieldType.Timestamp => IsWord(text, "now()", "now", "current_timestamp") ? "now()"
                : IsWord(text, "current_date") ? $"({Today})::{type.SqlName()}"
                : Literal(Moment(text)),
            FieldType.Json => Literal(Json(value, text)),
            FieldType.Uuid => IsWord(text, RandomUuid) ? RandomUuid : Literal(Guid.TryParseExact(text, "D", out var id) ? id.ToString() : null),
            FieldType.TextArray => Literal(Array(value, JsonText.OrNull)),
            _ => Literal(Array(value, ManifestValue.Number)),
        };

        string? Literal(string? content) => content is null ? null : $"'{content.Replace("'", "''", StringComparison.Ordinal)}'::{type.SqlName()}";
    }

    private static bool IsWord(string? text, params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (string.Equals(text?.Trim(), word, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static string? Date(string? text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _) ? text : null;

    // Without an offset it is UTC, as in the database.
    private static string? Moment(string? text) =>
        DateTimeOffset.TryParseExact(text, Moments, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)
            ? moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture)
            : null;

    // A string that is itself the text of an object or an array stands for that: this is how other tools write such defaults.
    private static string? Json(JsonElement value, string? text)
    {
        if (text?.Trim() is ['{', .., '}'] or ['[', .., ']'])
        {
            try
            {
                using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = ManifestReader.MostDepth });
                return IsStorable(document.RootElement) ? text.Trim() : null;
            }
            catch (JsonException)
            {
                // A string like any other.
            }
        }

        return IsStorable(value) ? value.GetRawText() : null;
    }

    private static bool IsStorable(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => JsonText.OrNull(value) is not null,
        JsonValueKind.Number => ManifestValue.Number(value) is not null,
        JsonValueKind.Array => value.EnumerateArray().All(IsStorable),
        JsonValueKind.Object => value.EnumerateObject().All(member =>
            JsonText.NameOrNull(member) is not null && IsStorable(member.Value)),
        _ => true,
    };

    private static string? Array(JsonElement value, Func<JsonElement, string?> read)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        var items = value.EnumerateArray().Select(read).ToList();
        return items.Contains(null)
            ? null
            : $"{{{string.Join(',', items.Select(item => $"\"{item!.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\""))}}}"; // none is null
    }
}
