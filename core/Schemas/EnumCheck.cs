using System.Globalization;
using System.Text.RegularExpressions;
using RootCx.Core.Manifests;

namespace RootCx.Core.Schemas;

/// <summary>The check that a column has one of certain values, or none.</summary>
internal static partial class EnumCheck
{
    /// <summary>As SQL.</summary>
    public static string Expression(Field field) =>
        $"{SqlNames.Quote(field.Name)} in ({string.Join(", ", field.EnumValues!.Select(value => $"{SqlNames.Literal(value)}::{field.Type.SqlName()}"))})"; // asked for fields that have them

    /// <summary>Whether a check that Postgres shows allows just the field's values.</summary>
    public static bool Allows(string expression, Field field) =>
        ValuesIn(expression).Select(value => Normalise(value, field.Type)).ToHashSet().SetEquals(field.EnumValues!.Select(value => Normalise(value, field.Type)));

    // Each value stands there as a literal, in which only quotes are doubled, and nothing else does.
    private static IEnumerable<string> ValuesIn(string expression) =>
        Literal().Matches(expression).Select(literal => literal.Groups["text"].Value.Replace("''", "'", StringComparison.Ordinal));

    // Numbers are written in many ways.
    private static string Normalise(string value, FieldType type) =>
        type == FieldType.Number && double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number.ToString("R", CultureInfo.InvariantCulture)
            : value;

    [GeneratedRegex("'(?<text>(?:[^']|'')*)'", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Literal();
}
