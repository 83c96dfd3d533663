using System.Text.RegularExpressions;

namespace RootCx.Core.Manifests;

/// <summary>Reads the permission keys that an app has besides those of its entities.</summary>
internal static partial class PermissionSection
{
    private const int Most = 2000;
    private const int LongestDescription = 500;
    private const string Rule = "100 at most of a-z, A-Z, 0-9 and _.:-, without ':' at either end";

    /// <summary>Those that are declared, and those that actions mint; each once.</summary>
    public static IReadOnlyList<DeclaredPermission> Read(ManifestObject manifest)
    {
        var keys = new Dictionary<string, DeclaredPermission>();
        foreach (var part in manifest.Object("permissions")?.Objects("permissions", Most) ?? [])
        {
            if (Key(part, "key") is { } key && !keys.TryAdd(key, new DeclaredPermission(key, part.Text("description", LongestDescription))))
            {
                part.Report("key", $"there are two permissions '{key}'");
            }
        }

        var actions = new HashSet<string>();
        foreach (var part in manifest.Objects("actions", Most))
        {
            var description = part.Text("description", LongestDescription) ?? part.Text("name", LongestDescription);
            if (Key(part, "id") is not { } id)
            {
                continue;
            }

            if (!actions.Add(id))
            {
                part.Report("id", $"there are two actions '{id}'");
            }

            keys.TryAdd($"action:{id}", new DeclaredPermission($"action:{id}", description));
        }

        return [.. keys.Values];
    }

    private static string? Key(ManifestObject part, string name)
    {
        var key = part.RequireText(name, int.MaxValue, Rule);
        if (key is null || Form().IsMatch(key))
        {
            return key;
        }

        part.Report(name, $"{ManifestNames.Quote(key)} is not valid: expected {Rule}");
        return null;
    }

    [GeneratedRegex("^(?!:)[A-Za-z0-9_.:-]{1,100}(?<!:)\\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
