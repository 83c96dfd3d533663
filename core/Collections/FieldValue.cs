using System.Globalization;
using System.Text.Json;
using RootCx.Core.Errors;
using RootCx.Core.Json;
using RootCx.Core.Manifests;

namespace RootCx.Core.Collections;

/// <summary>
/// Turns what clients send into values of a column's type. Forms that mean the same are taken (a number as a string, a boolean as 1); what can't be one is
/// refused, and the answer names the place.
/// </summary>
internal static class FieldValue
{
    /// <summary>The value that a JSON value stands for; null for null.</summary>
    /// <param name="type">The column's type.</param>
    /// <param name="value">What was sent.</param>
    /// <param name="place">Where it stood, for the refusal.</param>
    /// <exception cref="RefusedException">It can't be one (400).</exception>
    public static object? Read(FieldType type, JsonElement value, string place) => value.ValueKind == JsonValueKind.Null ? null : type switch
    {
        FieldType.Text => Text(value, place),
        FieldType.Number => Number(value) ?? throw Refused(place, "a finite number"),
        FieldType.Boolean => Boolean(value) ?? throw Refused(place, "true or false"),
        FieldType.Json => Json(value, place),
        FieldType.TextArray => Many(value, place, "a string", item => item.ValueKind == JsonValueKind.String ? JsonText.OrNull(item) : null),
        FieldType.NumberArray => Many(value, place, "a finite number", item => item.ValueKind == JsonValueKind.Number ? Number(item) : null),
        _ => FromText(type, JsonText.OrNull(value)) ?? throw Refused(place, Expected(type)),
    };

    /// <summary>The value that a text stands for, such as one of a query string.</summary>
    /// <exception cref="RefusedException">It can't be one, or the type has no such form (400).</exception>
    public static object Parse(FieldType type, string text, string place) => type switch
    {
        FieldType.Json or FieldType.TextArray or FieldType.NumberArray => throw new RefusedException(
            Refusal.Invalid, $"'{place}' can't be compared with a text: use POST …/query"),
        _ when text.Contains('\0', StringComparison.Ordinal) => throw Refused(place, "text without NUL"),
        _ => FromText(type, text) ?? throw Refused(place, Expected(type)),
    };

    /// <summary>The values of an array, for comparing a column with any of them; nulls are left out and told of.</summary>
    /// <exception cref="RefusedException">One of them can't be one (400).</exception>
    public static (Array Values, bool HasNull) ReadMany(FieldType type, JsonElement values, string place)
    {
        var items = values.EnumerateArray().Select((item, index) => Read(type, item, $"{place}[{index}]")).ToList();
        var given = items.Where(item => item is not null).ToList();
        Array typed = type switch
        {
            FieldType.Number => given.Cast<double>().ToArray(),
            FieldType.Boolean => given.Cast<bool>().ToArray(),
            FieldType.Date => given.Cast<DateOnly>().ToArray(),
            FieldType.Timestamp => given.Cast<DateTime>().ToArray(),
            FieldType.Uuid => given.Cast<Guid>().ToArray(),
            FieldType.Text or FieldType.Json => given.Cast<string>().ToArray(),
            _ => throw new RefusedException(Refusal.Invalid, $"'{place}' can't be compared with several values: it is an array itself"),
        };
        return (typed, given.Count < items.Count);
    }

    /// <summary>What a value of the type looks like, for messages.</summary>
    public static string Expected(FieldType type) => type switch
    {
        FieldType.Text => "text",
        FieldType.Number => "a finite number",
        FieldType.Boolean => "true or false",
        FieldType.Date => "a date such as 2026-03-15",
        FieldType.Timestamp => "a time such as 2026-03-15T10:30:00Z",
        FieldType.Json => "JSON",
        FieldType.Uuid => "a UUID",
        FieldType.TextArray => "an array of strings",
        _ => "an array of finite numbers",
    };

    private static object? FromText(FieldType type, string? text) => text is null ? null : type switch
    {
        FieldType.Text => text,
        FieldType.Number => Number(text),
        FieldType.Boolean => text switch
        {
            "true" or "1" => true,
            "false" or "0" => false,
            _ => null,
        },
        FieldType.Date => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : null,
        FieldType.Timestamp => TimestampText.Parse(text),
        FieldType.Uuid => Guid.TryParseExact(text, "D", out var id) || Guid.TryParseExact(text, "N", out id) ? id : null,
        _ => null,
    };

    private static string Text(JsonElement value, string place) => value.ValueKind == JsonValueKind.String
        ? JsonText.OrNull(value) ?? throw Refused(place, "Unicode text without NUL")
        : Json(value, place);

    private static string Json(JsonElement value, string place) =>
        JsonText.IsKept(value) ? value.GetRawText() : throw Refused(place, "JSON whose texts are Unicode without NUL");

    private static double? Number(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetDouble(out var number) && double.IsFinite(number) => number,
        JsonValueKind.String => JsonText.OrNull(value) is { } text ? Number(text) : null,
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        _ => null,
    };

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    private static bool? Boolean(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number when value.TryGetDouble(out var number) => number != 0,
        JsonValueKind.String => (bool?)FromText(FieldType.Boolean, JsonText.OrNull(value)),
        _ => null,
    };

    private static T[] Many<T>(JsonElement value, string place, string item, Func<JsonElement, T?> read)
        where T : class => value.ValueKind == JsonValueKind.Array
        ? [.. value.EnumerateArray().Select((one, index) => read(one) ?? throw Refused($"{place}[{index}]", item))]
        : throw Refused(place, $"an array, each of it {item}");

    private static T[] Many<T>(JsonElement value, string place, string item, Func<JsonElement, T?> read)
        where T : struct => value.ValueKind == JsonValueKind.Array
        ? [.. value.EnumerateArray().Select((one, index) => read(one) ?? throw Refused($"{place}[{index}]", item))]
        : throw Refused(place, $"an array, each of it {item}");

    private static RefusedException Refused(string place, string expected) => new(Refusal.Invalid, $"'{place}' must be {expected}");
}
