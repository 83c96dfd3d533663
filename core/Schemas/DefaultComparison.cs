using System.Text.RegularExpressions;
using Dapper;
using Npgsql;

namespace RootCx.Core.Schemas;

/// <summary>Finds out which defaults mean the same although they are written differently, by asking Postgres for their values.</summary>
internal static partial class DefaultComparison
{
    /// <summary>Those of the pairs that mean the same.</summary>
    public static async Task<IReadOnlySet<DefaultPair>> SameAsync(
        NpgsqlConnection connection, IReadOnlyCollection<DefaultPair> pairs, CancellationToken cancellationToken)
    {
        var same = pairs.Where(pair => pair.Present == pair.Wanted).ToHashSet();
        var asked = pairs.Except(same).Distinct().Where(pair => IsCall(pair.Present) == IsCall(pair.Wanted)).ToList();
        if (asked.Count > 0)
        {
            var values = asked.Select((pair, index) => $"({index}, {ValueOf(pair.Present, pair.Type)} is not distinct from {ValueOf(pair.Wanted, pair.Type)})");
            var indexes = await connection.QueryAsync<int>(new CommandDefinition(
                $"select index from (values {string.Join(", ", values)}) as pair (index, same) where same", cancellationToken: cancellationToken));
            same.UnionWith(indexes.Select(index => asked[index]));
        }

        return same;
    }

    private static string ValueOf(string expression, string? type) => type is null ? $"({expression})::text" : $"({expression})::{type}::text";

    // A call has another value tomorrow, so it is never the same as a constant.
    private static bool IsCall(string expression) => Call().IsMatch(Text().Replace(expression, ""));

    [GeneratedRegex("'(?:[^']|'')*'", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Text();

    [GeneratedRegex("[a-z_]\\s*\\(|current_|localtime", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Call();
}

/// <summary>A column's default and the one that it is to have.</summary>
/// <param name="Present">As Postgres shows it.</param>
/// <param name="Wanted">As the manifest has it.</param>
/// <param name="Type">The column's type; null if that is to change, and the values are compared as they are written.</param>
internal sealed record DefaultPair(string Present, string Wanted, string? Type);
