using System.Text.Json;
using Npgsql.PostgresTypes;

namespace RootCx.SupervisorHost.Data;

/// <summary>Writes values as <c>to_jsonb</c> does, out of the texts that the server gives of them.</summary>
internal static class SqlJson
{
    /// <summary>Writes one. A type that the app made itself, and an array of one, is its text.</summary>
    public static void Write(Utf8JsonWriter writer, PostgresType type, string text)
    {
        if (type is PostgresArrayType { Element: PostgresBaseType { InternalName: not "box" } element }) // boxes are separated by semicolons
        {
            ArrayText.Write(writer, element, text);
            return;
        }

        switch (type.InternalName)
        {
            case "bool":
                writer.WriteBooleanValue(text == "t");
                break;
            case "int2" or "int4" or "int8" or "float4" or "float8" or "numeric" when char.IsAsciiDigit(text[^1]): // neither NaN nor an infinity
                writer.WriteRawValue(text, skipInputValidation: true);
                break;
            case "json" or "jsonb":
                writer.WriteRawValue(text, skipInputValidation: true); // the server checked it
                break;
            case "timestamp":
                writer.WriteStringValue(WithT(text));
                break;
            case "timestamptz":
                writer.WriteStringValue(WithMinutes(WithT(text)));
                break;
            default:
                writer.WriteStringValue(text);
                break;
        }
    }

    private static string WithT(string text)
    {
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        return space < 0 ? text : $"{text[..space]}T{text[(space + 1)..]}";
    }

    // The offset from UTC: the server leaves out minutes that are zero.
    private static string WithMinutes(string text)
    {
        var offset = text.AsSpan().LastIndexOfAny('+', '-');
        var end = offset + 3;
        return offset < 0 || end > text.Length || (end < text.Length && text[end] != ' ') ? text : text.Insert(end, ":00");
    }
}
