using System.Globalization;
using System.Text.Json;

namespace RootCx.Core.Manifests;

/// <summary>Reads single values; JSON can say things that are no number. For texts there is <see cref="Json.JsonText"/>.</summary>
internal static class ManifestValue
{
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
