using RootCx.Core.Manifests;

namespace RootCx.Core.Schemas;

/// <summary>
/// How a column's values become those of another type. Blank texts become null; what has no sensible form in the new type fails where it is met, so a table
/// without such values can be changed to anything.
/// </summary>
internal static class TypeCast
{
    private static readonly Dictionary<string, FieldType> Types = Enum.GetValues<FieldType>().ToDictionary(FieldTypes.SqlName);

    /// <summary>The expression.</summary>
    /// <param name="column">The column, quoted.</param>
    /// <param name="from">Its type as Postgres shows it; one that fields don't have counts as text.</param>
    /// <param name="to">The new type.</param>
    public static string Expression(string column, string from, FieldType to)
    {
        FieldType? type = Types.TryGetValue(from, out var known) ? known : null;
        return (type, to) switch
        {
            (_, FieldType.Json) => $"to_jsonb({column})",
            (_, FieldType.Text) => TextOf(column, type),
            (FieldType.Boolean, FieldType.Number) => $"{column}::integer::double precision",
            (FieldType.Number, FieldType.Boolean) => $"{column} <> 0",
            (FieldType.Date, FieldType.Timestamp) => $"{column}::timestamp at time zone 'UTC'",
            (FieldType.Timestamp, FieldType.Date) => $"({column} at time zone 'UTC')::date",
            (FieldType.TextArray, FieldType.NumberArray) or (FieldType.NumberArray, FieldType.TextArray) => $"{column}::{to.SqlName()}",
            (FieldType.Json, FieldType.TextArray or FieldType.NumberArray) => $"rootcx_system.json_elements({column})::{to.SqlName()}",
            (_, FieldType.TextArray) => Element(column, TextOf(column, type)),
            (_, FieldType.NumberArray) => Element(column, Expression(column, from, FieldType.Number)),
            _ => $"nullif(btrim({TextOf(column, type)}), '')::{to.SqlName()}",
        };
    }

    // As the API shows it; Postgres has ways of its own to write times and arrays.
    private static string TextOf(string column, FieldType? type) => type switch
    {
        FieldType.Text => column,
        FieldType.Json => $"({column} #>> '{{}}')",
        FieldType.Date or FieldType.Timestamp or FieldType.TextArray or FieldType.NumberArray => $"(to_jsonb({column}) #>> '{{}}')",
        _ => $"{column}::text",
    };

    private static string Element(string column, string value) => $"case when {column} is not null then array[{value}] end";
}
