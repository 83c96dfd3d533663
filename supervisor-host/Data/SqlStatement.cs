using System.Collections.Frozen;
using RootCx.Core.Errors;

namespace RootCx.SupervisorHost.Data;

/// <summary>
/// What <c>ctx.sql</c> takes by its first word. A rule of order, not of safety: the database does not let an app do more here than over its
/// <c>databaseUrl</c>, where the rest belongs. That there is no second statement behind the first the server sees to.
/// </summary>
internal static class SqlStatement
{
    private const int LongestWordShown = 40;

    private static readonly FrozenSet<string> Taken = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "select", "insert", "update", "delete", "merge", "with", "values", "table", "explain");

    /// <summary>Refuses statements that change anything but rows.</summary>
    /// <exception cref="RefusedException">It is one (400).</exception>
    public static void Require(string text)
    {
        var word = FirstWord(text);
        if (!Taken.Contains(word))
        {
            var found = word.Length == 0 ? "nothing of that kind" : $"'{(word.Length > LongestWordShown ? $"{word[..LongestWordShown]}…" : word)}'";
            throw new RefusedException(
                Refusal.Invalid, $"sql() takes one statement that begins with select, insert, update, delete, merge, with, values, table or explain; this begins with {found}");
        }
    }

    // A query may stand in parentheses.
    private static string FirstWord(ReadOnlySpan<char> text)
    {
        while (true)
        {
            var rest = text.TrimStart().TrimStart('(');
            rest = rest.StartsWith("--") ? AfterLine(rest) : rest.StartsWith("/*") ? AfterComment(rest) : rest;
            if (rest.Length == text.Length)
            {
                break;
            }

            text = rest;
        }

        var length = 0;
        while (length < text.Length && (char.IsLetterOrDigit(text[length]) || text[length] == '_'))
        {
            length++;
        }

        return text[..length].ToString();
    }

    private static ReadOnlySpan<char> AfterLine(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAny('\n', '\r');
        return end < 0 ? [] : text[(end + 1)..];
    }

    // Comments can hold comments.
    private static ReadOnlySpan<char> AfterComment(ReadOnlySpan<char> text)
    {
        var depth = 0;
        for (var at = 0; at < text.Length - 1; at++)
        {
            var two = text.Slice(at, 2);
            if (two is "/*" or "*/")
            {
                depth += two is "/*" ? 1 : -1;
                at++;
                if (depth == 0)
                {
                    return text[(at + 1)..];
                }
            }
        }

        return [];
    }
}
