using System.Buffers;
using System.Text.RegularExpressions;

namespace RootCx.Core.Frontends;

/// <summary>
/// Tells names that bundlers put a hash of the content into, such as <c>index-B7xk2_Qa.js</c> or <c>main.3f2a9c1b.chunk.css</c>. Such a file never changes, so whoever has it
/// need not ask again; a name that is taken for one wrongly would keep people on an old version for a year, so what is not sure is none.
/// </summary>
public static partial class HashedName
{
    private const int ShortestHex = 8;
    private const int LongestHex = 64;
    private const int Base64 = 8; // Vite, Rollup and esbuild write this many
    private const int LongBase64 = 20;
    private const int LongestFurtherExtension = 5; // .js.map, .chunk.js, .min.css

    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");
    private static readonly SearchValues<char> Base64Url = SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-");

    /// <summary>Whether the last word of the file's name, before its extensions, is a hash.</summary>
    public static bool Is(string path)
    {
        if (path.EndsWith(".html", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".htm", StringComparison.OrdinalIgnoreCase))
        {
            return false; // pages name what is hashed, and have addresses that people keep
        }

        var stem = WithoutExtensions(path.AsSpan(path.LastIndexOf('/') + 1));
        var word = stem[(stem.LastIndexOfAny('.', '-', '_') + 1)..];
        if (word.Length == stem.Length)
        {
            return false; // no word before it
        }

        return IsHex(word)
            || (word.Length >= LongBase64 && IsBase64(word))
            || (stem.Length > Base64 && stem[^(Base64 + 1)] is '.' or '-' or '_' && IsBase64(stem[^Base64..]) && !Words().IsMatch(stem[^Base64..])); // may have - and _ itself
    }

    // Such as Level3Up or Chapter2: words with numbers after them.
    [GeneratedRegex("^(?:[A-Z]?[a-z]+[0-9]*)+$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Words();

    private static ReadOnlySpan<char> WithoutExtensions(ReadOnlySpan<char> name)
    {
        var dot = name.LastIndexOf('.');
        if (dot < 0)
        {
            return [];
        }

        do
        {
            name = name[..dot];
            dot = name.LastIndexOf('.');
        }
        while (dot >= 0 && name.Length - dot - 1 <= LongestFurtherExtension);
        return name;
    }

    private static bool IsHex(ReadOnlySpan<char> word) =>
        word.Length is >= ShortestHex and <= LongestHex
        && !word.ContainsAnyExcept(LowerHex)
        && word.ContainsAnyInRange('0', '9')
        && word.ContainsAnyInRange('a', 'f');

    // A digit with a letter after it: years and numbers stand at the end of words.
    private static bool IsBase64(ReadOnlySpan<char> word) =>
        !word.ContainsAnyExcept(Base64Url)
        && word.ContainsAnyInRange('A', 'Z')
        && word.IndexOfAnyInRange('0', '9') is >= 0 and var digit
        && (word[digit..].ContainsAnyInRange('a', 'z') || word[digit..].ContainsAnyInRange('A', 'Z'));
}
