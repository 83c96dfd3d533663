using System.Text;
using System.Text.RegularExpressions;

namespace RootCx.Core.Manifests;

/// <summary>The rule for names that become names in the database.</summary>
internal static partial class ManifestNames
{
    /// <summary>What a name is, for people.</summary>
    public const string Rule = "a lower-case letter, then lower-case letters, digits and '_', 63 characters at most";

    private const int LongestShown = 60;

    /// <summary>Whether it follows the rule.</summary>
    public static bool IsValid(string name) => Form().IsMatch(name);

    /// <summary>Something from a manifest as it stands in a message: in quotes, without control characters, its beginning only.</summary>
    public static string Quote(string text)
    {
        var shown = string.Concat(text.EnumerateRunes().Where(rune => !Rune.IsControl(rune)).Take(LongestShown));
        return shown.Length < text.Length ? $"'{shown}…'" : $"'{shown}'";
    }

    [GeneratedRegex("^[a-z][a-z0-9_]{0,62}\\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
