using System.Globalization;
using System.Text.Json;

namespace RootCx.Core.Manifests;

/// <summary>Reads single values; JSON can say things that are no text and no number.</summary>
internal static class ManifestValue
{
    /// <summary>The text of a string; null if it is none, or has a NUL or half of a surrogate pair in it, which the database does not take.</summary>
    public static string? Text(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String && value.GetString() is { } text && !text.Contains('\0', StringComparison.Ordinal) ? text : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The number in the one way that it is written; null if it is none, or too large for one of 64 bits.</summary>
    public static string? Number(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) ? Write(number) : null;

    /// <summary>The number that a text is as JSON, in the one way that it is written; null if it is none.</summary>
    public static string? Number(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return Number(document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The name of a property; null if it is no text.</summary>
    public static string? Name(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Whether two say the same.</summary>
    public static bool AreEqual(JsonElement one, JsonElement other)
    {
        try
        {
            return JsonElement.DeepEquals(one, other);
        }
        catch (InvalidOperationException)
        {
            return one.GetRawText() == other.GetRawText(); // with half of a surrogate pair in it
        }
    }

    private static string Write(double number) => number == 0 ? "0" : number.ToString("R", CultureInfo.InvariantCulture); // there is no -0 in JSON's sense
}
