using System.Globalization;
using System.Text;
using NpgsqlTypes;
using RootCx.Core.Manifests;

namespace RootCx.Core.Collections;

/// <summary>
/// Writes many rows as one array per column: that is several times faster than a parameter per value. Columns that are arrays themselves travel as text, since
/// arrays of arrays must not differ in length.
/// </summary>
internal static class BulkValues
{
    /// <summary>Adds the rows as a select, in their order.</summary>
    public static void Append(SqlBuilder sql, List<Field> columns, List<Dictionary<Field, object?>> rows)
    {
        var arrays = new List<string>();
        var names = new List<string>();
        var expressions = new List<string>();
        for (var i = 0; i < columns.Count; i++)
        {
            var field = columns[i];
            var value = string.Create(CultureInfo.InvariantCulture, $"v.c{i}");
            arrays.Add(Values(sql, field, rows));
            names.Add(value[2..]);
            if (field.Type.IsArray())
            {
                value += $"::{field.Type.SqlName()}";
            }

            // Null where a row says so, the default where it says nothing.
            if (field.Default is not null && rows.Exists(row => !row.ContainsKey(field)))
            {
                var given = string.Create(CultureInfo.InvariantCulture, $"g{i}");
                arrays.Add(sql.Add(NpgsqlDbType.Array | NpgsqlDbType.Boolean, rows.ConvertAll(row => row.ContainsKey(field)).ToArray()));
                names.Add(given);
                value = $"case when v.{given} then {value} else {field.Default} end";
            }

            expressions.Add(value);
        }

        sql.Append($"select {string.Join(", ", expressions)} from unnest({string.Join(", ", arrays)}) with ordinality as v ({string.Join(", ", names)}, n) order by v.n");
    }

    private static string Values(SqlBuilder sql, Field field, List<Dictionary<Field, object?>> rows)
    {
        return field.Type switch
        {
            FieldType.Number => sql.AddMany(field.Type, rows.ConvertAll(row => (double?)row.GetValueOrDefault(field)).ToArray(), field.Name),
            FieldType.Boolean => sql.AddMany(field.Type, rows.ConvertAll(row => (bool?)row.GetValueOrDefault(field)).ToArray(), field.Name),
            FieldType.Date => sql.AddMany(field.Type, rows.ConvertAll(row => (DateOnly?)row.GetValueOrDefault(field)).ToArray(), field.Name),
            FieldType.Timestamp => sql.AddMany(field.Type, rows.ConvertAll(row => (DateTime?)row.GetValueOrDefault(field)).ToArray(), field.Name),
            FieldType.Uuid => sql.AddMany(field.Type, rows.ConvertAll(row => (Guid?)row.GetValueOrDefault(field)).ToArray(), field.Name),
            FieldType.TextArray => sql.AddMany(FieldType.Text, rows.ConvertAll(row => Literal((string[]?)row.GetValueOrDefault(field), Quote)).ToArray(), field.Name),
            FieldType.NumberArray => sql.AddMany(FieldType.Text, rows.ConvertAll(row => Literal((double[]?)row.GetValueOrDefault(field), Exactly)).ToArray(), field.Name),
            _ => sql.AddMany(field.Type, rows.ConvertAll(row => (string?)row.GetValueOrDefault(field)).ToArray(), field.Name),
        };

        static string Quote(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

        static string Exactly(double number) => number.ToString("R", CultureInfo.InvariantCulture);
    }

    private static string? Literal<T>(T[]? items, Func<T, string> write) =>
        items is null ? null : new StringBuilder("{").AppendJoin(',', items.Select(write)).Append('}').ToString();
}
