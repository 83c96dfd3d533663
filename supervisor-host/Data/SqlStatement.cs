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
    private const string Explain = "explain";

    private static readonly FrozenSet<string> Taken = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "select", "insert", "update", "delete", "merge", "with", "values", "table");

    private static readonly FrozenSet<string> OptionsOfExplain = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "analyze", "analyse", "verbose");

    /// <summary>Refuses statements that change anything but rows; returns whether it explains one, which with <c>analyze</c> runs it.</summary>
    /// <exception cref="RefusedException">It is one (400).</exception>
    public static bool Require(string text)
    {
        var rest = text.AsSpan();
        var word = NextWord(ref rest, out _);
        var explains = word.Equals(Explain, StringComparison.OrdinalIgnoreCase);
        var given = explains ? Explained(rest) : word;
        if (Taken.Contains(given))
        {
            return explains;
        }

        var found = given.Length == 0 ? "nothing of that kind" : $"'{(given.Length > LongestWordShown ? $"{given[..LongestWordShown]}…" : given)}'";
        throw new RefusedException(
            Refusal.Invalid,
            explains
                ? $"sql() explains one statement that begins with select, insert, update, delete, merge, with, values or table; this begins with {found}"
                : $"sql() takes one statement that begins with select, insert, update, delete, merge, with, values, table or explain; this begins with {found}");
    }

    // The first word of the statement that is explained, behind the options: words, or a list in parentheses, in which a query may stand too.
    private static string Explained(ReadOnlySpan<char> text)
    {
        while (true)
        {
            var word = NextWord(ref text, out var inParentheses);
            if (inParentheses && !Taken.Contains(word))
            {
                text = text[(text.IndexOf(')') + 1)..];
            }
            else if (!OptionsOfExplain.Contains(word))
            {
                return word;
            }
        }
    }

    // Goes behind the word. A query may stand in parentheses.
    private static string NextWord(ref ReadOnlySpan<char> text, out bool inParentheses)
    {
        inParentheses = false;
        while (true)
        {
            var rest = text.TrimStart();
            inParentheses |= rest.StartsWith('(');
            rest = rest.TrimStart('(');
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

        var word = text[..length].ToString();
        text = text[length..];
        return word;
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
