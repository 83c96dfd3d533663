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

    /// <summary>Whether every string and every name in the value can be kept.</summary>
    public static bool IsKept(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => OrNull(value) is not null,
        JsonValueKind.Array => value.EnumerateArray().All(IsKept),
        JsonValueKind.Object => value.EnumerateObject().All(property => NameOrNull(property) is not null && IsKept(property.Value)),
        _ => true,
    };
}
