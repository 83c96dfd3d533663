using System.Text.RegularExpressions;
using RootCx.Core.Errors;

namespace RootCx.Core.Auth;

/// <summary>What names of roles and permission keys may be.</summary>
internal static partial class RoleRules
{
    private const int LongestName = 64;
    private const int LongestDescription = 500;
    private const int MostInherited = 64;
    private const int MostPermissions = 2000;

    /// <summary>A role's name.</summary>
    /// <exception cref="RefusedException">It is none (400).</exception>
    public static string RequireName(string name) =>
        string.IsNullOrWhiteSpace(name) ? throw Invalid("role name must not be empty")
        : name.Length > LongestName || name.Any(c => char.IsControl(c) || c is '/' or '\\') || name != name.Trim() || name is "." or ".."
            ? throw Invalid($"role name must have at most {LongestName} characters, without slashes, control characters and blanks around it")
        : name;

    /// <summary>A description, or none.</summary>
    /// <exception cref="RefusedException">It is too long (400).</exception>
    public static string? RequireDescription(string? description) =>
        description?.Length > LongestDescription ? throw Invalid($"description must have at most {LongestDescription} characters") : description;

    /// <summary>Names of roles to inherit from, each once.</summary>
    /// <exception cref="RefusedException">One of them is none, or there are too many (400).</exception>
    public static string[] RequireInherits(IReadOnlyCollection<string> names) =>
        names.Count > MostInherited ? throw Invalid($"a role inherits from {MostInherited} others at most") : [.. names.Select(RequireName).Distinct()];

    /// <summary>Permission keys and wildcards, each once.</summary>
    /// <exception cref="RefusedException">One of them is none, or there are too many (400).</exception>
    public static string[] RequirePermissions(IReadOnlyCollection<string> keys) =>
        keys.Count > MostPermissions ? throw Invalid($"a role has {MostPermissions} permissions at most") : [.. keys.Select(RequirePermission).Distinct()];

    private static string RequirePermission(string key) => Entry().IsMatch(key)
        ? key
        : throw Invalid(
            $"'{string.Concat(key.Where(c => !char.IsControl(c)).Take(60))}' is no permission key: expected 200 characters at most of a-z, A-Z, 0-9 and _.:-, then maybe ':*'; or '*'");

    private static RefusedException Invalid(string text) => new(Refusal.Invalid, text);

    [GeneratedRegex("^(?=.{1,200}\\z)(\\*|[A-Za-z0-9_.:-]+(?<!:)(:\\*)?)\\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Entry();
}
