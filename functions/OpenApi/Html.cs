using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace RootCx.Functions.OpenApi;

/// <summary>Writes texts of the description as HTML.</summary>
internal static class Html
{
    private const char Code = '`';
    private const string Paragraph = "\n\n";

    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A text as it is.</summary>
    public static string Text(string text) => Encoder.Encode(text);

    /// <summary>A line in which what stands between backticks is code.</summary>
    public static string Line(string text)
    {
        var html = new StringBuilder();
        var isCode = false;
        foreach (var part in text.Split(Code))
        {
            html.Append(isCode ? $"<code>{Text(part)}</code>" : Text(part));
            isCode = !isCode;
        }

        return html.ToString();
    }

    /// <summary>Paragraphs of such lines.</summary>
    public static string Prose(string text) => string.Concat(text.Split(Paragraph).Select(part => $"<p>{Line(part)}</p>"));

    /// <summary>JSON for people.</summary>
    public static string Json(JsonElement value) => $"<pre tabindex=\"0\"><code>{Text(JsonSerializer.Serialize(value, Readable))}</code></pre>";

    /// <summary>What stands in a terminal, or on the wire.</summary>
    public static string Block(string text) => $"<pre tabindex=\"0\"><code>{Text(text)}</code></pre>";
}
