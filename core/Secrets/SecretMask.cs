using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace RootCx.Core.Secrets;

/// <summary>
/// Replaces secrets in texts that people read, such as logs and errors, by <c>***</c>: as they are, and as they look in JSON, in JSON within JSON and in a URL. Of a value
/// of several lines each line counts too, since output is read line by line. Values, and lines of them, shorter than <see cref="Shortest"/> stay
/// readable: masking every <c>1</c> or <c>yes</c> would hide the text and not the secret. Tokens are masked, whosever they are: who reads a log could act as that
/// person. Safe for any thread.
/// </summary>
public sealed partial class SecretMask
{
    /// <summary>Shortest value that is masked, in characters.</summary>
    public const int Shortest = 4;

    private const string Masked = "***";

    // How the header of every JSON Web Token begins: {" in base64url.
    private const string TokenBeginning = "eyJ";

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
        if (text.Contains(TokenBeginning, StringComparison.Ordinal))
        {
            text = Token().Replace(text, Masked);
        }

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
        var inUrl = Uri.EscapeDataString(part);
        return [part, inJson, InJson(inJson), inUrl, AsComponent(inUrl), InQuery(inUrl)];
    }

    // As encodeURIComponent writes it.
    private static string AsComponent(string inUrl) => inUrl
        .Replace("%21", "!", StringComparison.Ordinal).Replace("%27", "'", StringComparison.Ordinal).Replace("%28", "(", StringComparison.Ordinal)
        .Replace("%29", ")", StringComparison.Ordinal).Replace("%2A", "*", StringComparison.Ordinal);

    // As URLSearchParams does.
    private static string InQuery(string inUrl) => inUrl
        .Replace("%20", "+", StringComparison.Ordinal).Replace("%2A", "*", StringComparison.Ordinal).Replace("~", "%7E", StringComparison.Ordinal);

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

    [GeneratedRegex("eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Token();
}
