using System.Text;

namespace RootCx.Core.Logs;

/// <summary>Makes any text fit for the log.</summary>
public static class LogText
{
    private const string Mark = "… (truncated)";

    /// <summary>
    /// Cuts <paramref name="message"/> to <paramref name="limit"/> bytes of UTF-8, mark included, never inside a character;
    /// NUL, which Postgres can't store, becomes U+FFFD; half a surrogate pair does when it is written as UTF-8.
    /// </summary>
    public static string Fit(string message, int limit)
    {
        var clean = message.Replace('\0', '\uFFFD');
        if (clean.Length * 3 <= limit || Encoding.UTF8.GetByteCount(clean) <= limit)
        {
            return clean;
        }

        var left = limit - Encoding.UTF8.GetByteCount(Mark);
        var kept = 0;
        foreach (var rune in clean.EnumerateRunes())
        {
            left -= rune.Utf8SequenceLength;
            if (left < 0)
            {
                break;
            }

            kept += rune.Utf16SequenceLength;
        }

        return clean[..kept] + Mark;
    }
}
