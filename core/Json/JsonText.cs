using System.Runtime.InteropServices;
using System.Text.Json;

namespace RootCx.Core.Json;

/// <summary>Reads strings of JSON that Postgres can keep: Unicode text without NUL. JSON itself allows a NUL and an escaped half of a surrogate pair.</summary>
public static class JsonText
{
    /// <summary>The text, or null if the value is no string or one that can't be kept.</summary>
    public static string? OrNull(JsonElement value)
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

    /// <summary>A property's name, or null if it can't be kept.</summary>
    public static string? NameOrNull(JsonProperty property)
    {
        try
        {
            return property.Name is var name && !name.Contains('\0', StringComparison.Ordinal) ? name : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Whether every string and every name in the value can be kept; however deep it is.</summary>
    public static bool IsKept(JsonElement value)
    {
        var reader = new Utf8JsonReader(JsonMarshal.GetRawUtf8Value(value), new JsonReaderOptions { MaxDepth = int.MaxValue });
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped && !IsKept(ref reader))
            {
                return false;
            }
        }

        return true;
    }

    // Only an escape can stand for something that is no text.
    private static bool IsKept(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()?.Contains('\0', StringComparison.Ordinal) == false;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
