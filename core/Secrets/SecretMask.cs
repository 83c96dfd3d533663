using System.Buffers;
using System.Globalization;
using System.Text;

namespace RootCx.Core.Secrets;

/// <summary>
/// Replaces secrets in texts that people read, such as logs and errors, by <c>***</c>: as they are, and as they look in JSON, in JSON within JSON and in a URL. Of a value
/// of several lines each line counts too, since output is read line by line. Values, and lines of them, shorter than <see cref="Shortest"/> stay
/// readable: masking every <c>1</c> or <c>yes</c> would hide the text and not the secret. Safe for any thread.
/// </summary>
public sealed class SecretMask
{
    /// <summary>Shortest value that is masked, in characters.</summary>
    public const int Shortest = 4;

    private const string Masked = "***";

    // What texts are searched for, so that the search costs the same for long secrets; nearly all texts have none of it.
    private const int BeginningLength = 16;

    private readonly ILookup<char, string> _forms;
    private readonly SearchValues<string> _beginnings;

    /// <summary>Masks these.</summary>
    public SecretMask(IEnumerable<string> secrets)
    {
        var forms = secrets.SelectMany(PartsOf).Where(part => part.Length >= Shortest).SelectMany(FormsOf).Distinct().ToList();
        _forms = forms.OrderByDescending(form => form.Length).ToLookup(form => form[0]);
        _beginnings = SearchValues.Create([.. forms.Select(form => form[..Math.Min(form.Length, BeginningLength)]).Distinct()], StringComparison.Ordinal);
    }

    /// <summary>The text without the secrets; the same object when there are none in it.</summary>
    public string Apply(string text)
    {
        var first = text.AsSpan().IndexOfAny(_beginnings);
        return first < 0 ? text : Apply(text, first);
    }

    // Secrets that overlap are masked together.
    private string Apply(string text, int first)
    {
        StringBuilder? result = null;
        var end = 0; // of what was copied or masked
        for (var at = first; ;)
        {
            if (LongestAt(text.AsSpan(at)) is var length and > 0)
            {
                result ??= new StringBuilder(text.Length);
                if (at >= end)
                {
                    result.Append(text, end, at - end).Append(Masked);
                }

                end = Math.Max(end, at + length);
            }

            at++;
            var next = text.AsSpan(at).IndexOfAny(_beginnings);
            if (next < 0)
            {
                return result?.Append(text, end, text.Length - end).ToString() ?? text;
            }

            at += next;
        }
    }

    private int LongestAt(ReadOnlySpan<char> text)
    {
        foreach (var form in _forms[text[0]])
        {
            if (text.StartsWith(form, StringComparison.Ordinal))
            {
                return form.Length;
            }
        }

        return 0;
    }

    private static IEnumerable<string> PartsOf(string secret) =>
        secret.AsSpan().IndexOfAny('\n', '\r') < 0 ? [secret] : secret.Split(['\n', '\r'], StringSplitOptions.TrimEntries).Append(secret);

    private static IEnumerable<string> FormsOf(string part)
    {
        var inJson = InJson(part);
        return [part, inJson, InJson(inJson), Uri.EscapeDataString(part)];
    }

    // As JSON.stringify writes it, which leaves all other characters as they are.
    private static string InJson(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            _ = character switch
            {
                '"' or '\\' => result.Append('\\').Append(character),
                '\n' => result.Append("\\n"),
                '\r' => result.Append("\\r"),
                '\t' => result.Append("\\t"),
                '\b' => result.Append("\\b"),
                '\f' => result.Append("\\f"),
                < ' ' => result.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
                _ => result.Append(character),
            };
        }

        return result.ToString();
    }
}
