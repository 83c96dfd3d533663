using System.Text;
using System.Text.Json;
using Npgsql.PostgresTypes;

namespace RootCx.SupervisorHost.Data;

/// <summary>Arrays as PostgreSQL writes them: <c>{1,NULL,"a \"b\""}</c>, nested for each dimension, after the bounds if these don't begin at 1.</summary>
internal static class ArrayText
{
    /// <summary>Writes one as JSON.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="element">The type of its elements.</param>
    /// <param name="text">The server's text of it.</param>
    public static void Write(Utf8JsonWriter writer, PostgresType element, string text)
    {
        var at = text.IndexOf('{', StringComparison.Ordinal);
        WriteFrom(writer, element, text, ref at);
    }

    // At an opening brace; goes behind the closing one.
    private static void WriteFrom(Utf8JsonWriter writer, PostgresType element, string text, ref int at)
    {
        writer.WriteStartArray();
        at++;
        while (text[at] != '}')
        {
            switch (text[at])
            {
                case '{':
                    WriteFrom(writer, element, text, ref at);
                    break;
                case ',':
                    at++;
                    break;
                case '"':
                    SqlJson.Write(writer, element, Quoted(text, ref at));
                    break;
                default:
                    WriteBare(writer, element, text, ref at);
                    break;
            }
        }

        at++;
        writer.WriteEndArray();
    }

    private static void WriteBare(Utf8JsonWriter writer, PostgresType element, string text, ref int at)
    {
        var end = at + text.AsSpan(at).IndexOfAny(',', '}');
        var value = text[at..end];
        at = end;
        if (value == "NULL")
        {
            writer.WriteNullValue();
        }
        else
        {
            SqlJson.Write(writer, element, value);
        }
    }

    private static string Quoted(string text, ref int at)
    {
        var value = new StringBuilder();
        for (at++; text[at] != '"'; at++)
        {
            at += text[at] == '\\' ? 1 : 0;
            value.Append(text[at]);
        }

        at++;
        return value.ToString();
    }
}
