using System.Text.RegularExpressions;
using RootCx.Core.Errors;

namespace RootCx.Core.Secrets;

/// <summary>The rules for secrets' names, and for what they belong to.</summary>
public static partial class SecretName
{
    /// <summary>The scope of those that every app gets. No app can have this id.</summary>
    public const string PlatformScope = "_platform";

    /// <summary>Names that begin so are the platform's own: they are neither set nor shown nor given to workers.</summary>
    public const string ReservedPrefix = "ROOTCX_";

    private const int Longest = 128;

    /// <summary>1 to 128 of letters, digits and <c>_</c>, without the reserved prefix in any case.</summary>
    /// <exception cref="RefusedException">It is not (400).</exception>
    public static string RequireForPlatform(string name) => PlatformForm().IsMatch(name)
        ? RequireFree(name)
        : throw new RefusedException(Refusal.Invalid, "key must be non-empty alphanumeric + underscore only");

    /// <summary>1 to 128 of letters, digits, <c>_</c>, <c>.</c> and <c>-</c>, without the reserved prefix in any case.</summary>
    /// <exception cref="RefusedException">It is not (400).</exception>
    public static string RequireForApp(string name) => AppForm().IsMatch(name)
        ? RequireFree(name)
        : throw new RefusedException(Refusal.Invalid, "key must be non-empty alphanumeric + underscore, dot and dash only");

    private static string RequireFree(string name) =>
        name.Length > Longest ? throw new RefusedException(Refusal.Invalid, $"key must have at most {Longest} characters")
        : name.StartsWith(ReservedPrefix, StringComparison.OrdinalIgnoreCase)
            ? throw new RefusedException(Refusal.Invalid, $"key must not begin with {ReservedPrefix}: such names are the platform's own")
        : name;

    [GeneratedRegex("^[A-Za-z0-9_]+\\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PlatformForm();

    [GeneratedRegex("^[A-Za-z0-9_.-]+\\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AppForm();
}
