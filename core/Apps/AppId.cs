using System.Text.RegularExpressions;
using RootCx.Core.Errors;

namespace RootCx.Core.Apps;

/// <summary>The rule for app ids: they name a Postgres schema, folders and queues, so nothing else gets past the door.</summary>
public static partial class AppId
{
    private const int Longest = 48;

    private static readonly HashSet<string> Reserved = ["core", "public", "pgmq", "cron", "information_schema", "rootcx", "rootcx_system"];

    /// <summary>Lower-case letter, then lower-case letters, digits and <c>_</c>; at most 48 characters.</summary>
    /// <exception cref="RefusedException">It is not (400).</exception>
    public static string Require(string appId) => IsValid(appId)
        ? appId
        : throw new RefusedException(
            Refusal.Invalid, $"invalid app id: expected {Longest} characters at most of a-z, 0-9 and _, beginning with a letter");

    /// <summary><see cref="Require"/>, and not a name that the platform or Postgres keeps for itself.</summary>
    /// <exception cref="RefusedException">Not valid, or reserved (400).</exception>
    public static string RequireUnreserved(string appId) => IsReserved(Require(appId))
        ? throw new RefusedException(Refusal.Invalid, $"reserved app_id: '{appId}'")
        : appId;

    /// <summary>Whether <paramref name="appId"/> follows the rule.</summary>
    public static bool IsValid(string appId) => appId.Length <= Longest && Form().IsMatch(appId);

    /// <summary>Whether it names a schema of the platform or of Postgres, whose tables are nobody's business.</summary>
    public static bool IsSystemSchema(string name) => name is "rootcx_system" or "information_schema" || name.StartsWith("pg_", StringComparison.Ordinal);

    /// <summary>Whether the platform or Postgres keeps the name for itself.</summary>
    public static bool IsReserved(string appId) => Reserved.Contains(appId) || appId.StartsWith("pg_", StringComparison.Ordinal);

    [GeneratedRegex("^[a-z][a-z0-9_]*\\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
