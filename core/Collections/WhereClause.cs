using System.Text.Json;
using NpgsqlTypes;
using RootCx.Core.Errors;
using RootCx.Core.Json;
using RootCx.Core.Manifests;

namespace RootCx.Core.Collections;

/// <summary>
/// Writes the conditions of a query as SQL. A condition holds or it does not: a null is equal to null and to nothing else, is not greater or less than anything,
/// and <c>$not</c> holds for every row that its condition does not hold for.
/// </summary>
/// <param name="entity">Whose fields are named.</param>
/// <param name="sql">Takes the parameters.</param>
/// <param name="elsewhere">Fields that the entity may lack: they have no value then. Any other is refused.</param>
internal sealed class WhereClause(Entity entity, SqlBuilder sql, IReadOnlyDictionary<string, Field>? elsewhere = null)
{
    private const int MostDepth = 32;
    private const int MostConditions = 1000;

    private int _conditions;

    /// <summary>The condition in SQL.</summary>
    /// <param name="where">What the client sent.</param>
    /// <param name="place">Where it stood, for refusals.</param>
    /// <exception cref="RefusedException">It says something that can't be (400); the text names the place.</exception>
    public string Compile(JsonElement where, string place = "where") => Compile(where, place, depth: 0);

    private string Compile(JsonElement where, string place, int depth)
    {
        if (where.ValueKind != JsonValueKind.Object)
        {
            throw Refused(place == "where" ? "where clause must be a JSON object" : $"{place} must be a JSON object");
        }

        if (depth > MostDepth)
        {
            throw Refused($"{place}: conditions are nested more than {MostDepth} levels deep");
        }

        var parts = new List<string>();
        foreach (var property in where.EnumerateObject())
        {
            var name = JsonText.NameOrNull(property) ?? throw Refused($"{place}: a field's name is not Unicode text");
            var at = $"{place}.{name}";
            parts.Add(name switch
            {
                "$and" => Join(" and ", property.Value, "$and", at, depth),
                "$or" => Join(" or ", property.Value, "$or", at, depth),
                "$not" => $"(({Compile(property.Value, at, depth + 1)}) is not true)",
                _ when name.StartsWith('$') => throw Refused($"unknown operator: '{name}' in {place}"),
                _ => FieldCondition(name, property.Value, at),
            });
        }

        if (parts.Count == 0)
        {
            Count(place);
            return "true";
        }

        return string.Join(" and ", parts);
    }

    private string Join(string with, JsonElement given, string name, string place, int depth)
    {
        if (given.ValueKind != JsonValueKind.Array)
        {
            throw Refused($"{name} must be an array" + (place == $"where.{name}" ? "" : $": {place}"));
        }

        var parts = given.EnumerateArray().Select((item, index) => $"({Compile(item, $"{place}[{index}]", depth + 1)})").ToList();
        return parts.Count == 0 ? "true" : $"({string.Join(with, parts)})";
    }

    private string FieldCondition(string name, JsonElement given, string place)
    {
        var own = entity.Find(name);
        var field = own ?? elsewhere?.GetValueOrDefault(name) ?? throw RowWrite.Unknown(entity, name, place);
        var column = own is null ? $"null::{field.Type.SqlName()}" : EntityTable.Column(field);
        if (given.ValueKind != JsonValueKind.Object)
        {
            Count(place);
            return Equal(field, column, given, place);
        }

        var operators = given.EnumerateObject().Select(property => (Name: JsonText.NameOrNull(property), property.Value)).ToList();
        if (operators.TrueForAll(one => one.Name?.StartsWith('$') != true))
        {
            return field.Type == FieldType.Json
                ? Equal(field, column, given, place)
                : throw Refused($"{place} must be {FieldValue.Expected(field.Type)}, or an object of operators such as $eq");
        }

        return "(" + string.Join(" and ", operators.Select(one => Operator(field, column, one.Name ?? "", one.Value, $"{place}.{one.Name}"))) + ")";
    }

    // Whatever makes the statement longer.
    private void Count(string place)
    {
        if (++_conditions > MostConditions)
        {
            throw Refused($"{place}: more than {MostConditions} conditions");
        }
    }

    private string Operator(Field field, string column, string name, JsonElement operand, string place)
    {
        Count(place);
        return name switch
        {
            "$eq" => Equal(field, column, operand, place),
            "$ne" => $"({Equal(field, column, operand, place)} is not true)",
            "$gt" => Compare(field, column, ">", operand, place),
            "$gte" => Compare(field, column, ">=", operand, place),
            "$lt" => Compare(field, column, "<", operand, place),
            "$lte" => Compare(field, column, "<=", operand, place),
            "$like" => Like(field, column, "like", operand, place),
            "$ilike" => Like(field, column, "ilike", operand, place),
            "$in" => In(field, column, operand, "$in", place),
            "$nin" => $"({In(field, column, operand, "$nin", place)} is not true)",
            "$contains" => Contains(field, column, operand, place),
            "$isNull" => operand.ValueKind == JsonValueKind.False ? $"({column} is not null)" : $"({column} is null)",
            _ => throw Refused($"unknown operator: '{name}' in {place[..^(name.Length + 1)]}"),
        };
    }

    // As plain as an index needs it: unknown for a null, which is as good as false, since whatever turns it round asks whether it is true.
    private string Equal(Field field, string column, JsonElement operand, string place) => FieldValue.Read(field.Type, operand, place) is { } value
        ? $"({column} = {sql.Add(field.Type, value, place)})"
        : $"({column} is null)";

    private string Compare(Field field, string column, string with, JsonElement operand, string place)
    {
        if (field.Type is FieldType.Json or FieldType.Boolean || field.Type.IsArray())
        {
            throw Refused($"{place}: '{field.Name}' has no order; only numbers, texts, dates, times and UUIDs have");
        }

        var value = FieldValue.Read(field.Type, operand, place) ?? throw Refused($"{place} must be {FieldValue.Expected(field.Type)}, not null");
        return $"({column} {with} {sql.Add(field.Type, value, place)})";
    }

    private string Like(Field field, string column, string with, JsonElement operand, string place)
    {
        if (field.Type != FieldType.Text)
        {
            throw Refused($"{place}: '{field.Name}' holds no text");
        }

        var pattern = JsonText.OrNull(operand) ?? throw Refused($"{place} must be a text pattern");
        var backslashes = pattern.Length - pattern.TrimEnd('\\').Length;
        return backslashes % 2 == 0
            ? $"({column} {with} {sql.Add(NpgsqlDbType.Text, pattern, place)})"
            : throw Refused($"{place}: a pattern must not end with a single backslash");
    }

    private string In(Field field, string column, JsonElement operand, string name, string place)
    {
        if (operand.ValueKind != JsonValueKind.Array)
        {
            throw Refused($"{name} must be an array: {place}");
        }

        var (values, hasNull) = FieldValue.ReadMany(field.Type, operand, place);
        var any = values.Length == 0 ? "false" : $"{column} = any ({sql.AddMany(field.Type, values, place)})";
        return hasNull ? $"({column} is null or {any})" : $"({any})";
    }

    private string Contains(Field field, string column, JsonElement operand, string place)
    {
        if (operand.ValueKind != JsonValueKind.Array)
        {
            throw Refused($"$contains must be an array: {place}");
        }

        if (!field.Type.IsArray() && field.Type != FieldType.Json)
        {
            throw Refused($"{place}: '{field.Name}' holds no array");
        }

        var value = FieldValue.Read(field.Type, operand, place);
        return operand.GetArrayLength() == 0 ? "true" : $"({column} @> {sql.Add(field.Type, value, place)})";
    }

    private static RefusedException Refused(string text) => new(Refusal.Invalid, text);
}
