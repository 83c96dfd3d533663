using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace RootCx.Tests.Collections;

/// <summary>What the documentation says of conditions, evaluated row by row.</summary>
internal static class WhereEvaluation
{
    /// <summary>Whether the condition holds for the row.</summary>
    public static bool Holds(JsonObject where, JsonObject row) => where.All(part => part.Key switch
    {
        "$and" => part.Value!.AsArray().All(item => Holds(item!.AsObject(), row)),
        "$or" => part.Value!.AsArray() is { Count: > 0 } items ? items.Any(item => Holds(item!.AsObject(), row)) : true,
        "$not" => !Holds(part.Value!.AsObject(), row),
        var field => part.Value is JsonObject operators ? operators.All(one => Holds(one.Key, row[field], one.Value)) : AreEqual(row[field], part.Value),
    });

    private static bool Holds(string name, JsonNode? value, JsonNode? operand) => name switch
    {
        "$eq" => AreEqual(value, operand),
        "$ne" => !AreEqual(value, operand),
        "$gt" => value is not null && Compare(value, operand!) > 0,
        "$gte" => value is not null && Compare(value, operand!) >= 0,
        "$lt" => value is not null && Compare(value, operand!) < 0,
        "$lte" => value is not null && Compare(value, operand!) <= 0,
        "$in" => operand!.AsArray().Any(item => AreEqual(value, item)),
        "$nin" => !operand!.AsArray().Any(item => AreEqual(value, item)),
        "$isNull" => value is null == operand!.GetValue<bool>(),
        "$contains" => operand!.AsArray().Count == 0 || (value is not null && operand.AsArray().All(item => value.AsArray().Any(tag => AreEqual(tag, item)))),
        "$like" => value is not null && IsLike(value.ToString(), operand!.ToString(), RegexOptions.None),
        "$ilike" => value is not null && IsLike(value.ToString(), operand!.ToString(), RegexOptions.IgnoreCase),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, message: null),
    };

    private static bool AreEqual(JsonNode? one, JsonNode? other) => one is null || other is null ? one is null && other is null
        : one.GetValueKind() == JsonValueKind.Number ? Number(one) == Number(other)
        : JsonNode.DeepEquals(one, other);

    private static int Compare(JsonNode one, JsonNode other) => one.GetValueKind() == JsonValueKind.Number
        ? Number(one).CompareTo(Number(other))
        : Encoding.UTF8.GetBytes(one.ToString()).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(other.ToString())); // as the database's own order, by code point

    private static double Number(JsonNode node) => JsonSerializer.Deserialize<double>(node.ToJsonString());

    // "%" for any text, "_" for one character, a backslash before one that stands for itself.
    private static bool IsLike(string text, string pattern, RegexOptions options)
    {
        var regex = new StringBuilder("^");
        for (var i = 0; i < pattern.Length; i++)
        {
            regex.Append(pattern[i] switch
            {
                '%' => ".*",
                '_' => "(?:[\uD800-\uDBFF][\uDC00-\uDFFF]|.)",
                '\\' => Regex.Escape(pattern[++i].ToString()),
                var other => Regex.Escape(other.ToString()),
            });
        }

        return Regex.IsMatch(text, $"{regex}\\z", options | RegexOptions.Singleline | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
    }
}
