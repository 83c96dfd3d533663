namespace RootCx.Core.Auth;

/// <summary>
/// What somebody may do. An entry grants a key if it is <c>*</c>, the key itself, or ends with <c>:*</c> and the key begins with the part before.
/// </summary>
public sealed class Grants
{
    private readonly HashSet<string> _keys;
    private readonly string[] _prefixes;

    /// <summary>Of these entries.</summary>
    public Grants(IEnumerable<string> entries)
    {
        Entries = [.. entries.Distinct().Order(StringComparer.Ordinal)];
        _keys = [.. Entries];
        _prefixes = [.. Entries.Where(entry => entry.EndsWith(":*", StringComparison.Ordinal)).Select(entry => entry[..^1])];
    }

    /// <summary>The key of those who administer an app.</summary>
    public static string AdministersOf(string appId) => $"app:{appId}:*";

    /// <summary>The entries as they were assigned, sorted.</summary>
    public IReadOnlyList<string> Entries { get; }

    /// <summary>Whether <c>*</c> is among them.</summary>
    public bool IsAdmin => _keys.Contains("*");

    /// <summary>Whether any of them grants the key.</summary>
    public bool Allows(string key) =>
        IsAdmin || _keys.Contains(key) || Array.Exists(_prefixes, prefix => key.StartsWith(prefix, StringComparison.Ordinal));
}
