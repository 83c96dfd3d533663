namespace RootCx.Core.Manifests;

/// <summary>What a column holds. Links have the type of what they point to; types that nobody knows are text.</summary>
public enum FieldType
{
    /// <summary><c>text</c>, <c>file</c>, and anything unknown: TEXT.</summary>
    Text,

    /// <summary><c>number</c>: DOUBLE PRECISION.</summary>
    Number,

    /// <summary><c>boolean</c>: BOOLEAN.</summary>
    Boolean,

    /// <summary><c>date</c>: DATE.</summary>
    Date,

    /// <summary><c>timestamp</c>: TIMESTAMPTZ.</summary>
    Timestamp,

    /// <summary><c>json</c>: JSONB.</summary>
    Json,

    /// <summary><c>uuid</c>: UUID.</summary>
    Uuid,

    /// <summary><c>[text]</c>: TEXT[].</summary>
    TextArray,

    /// <summary><c>[number]</c>: DOUBLE PRECISION[].</summary>
    NumberArray,
}

/// <summary>The types as Postgres names them.</summary>
public static class FieldTypes
{
    /// <summary>The name that Postgres shows for the type.</summary>
    public static string SqlName(this FieldType type) => type switch
    {
        FieldType.Text => "text",
        FieldType.Number => "double precision",
        FieldType.Boolean => "boolean",
        FieldType.Date => "date",
        FieldType.Timestamp => "timestamp with time zone",
        FieldType.Json => "jsonb",
        FieldType.Uuid => "uuid",
        FieldType.TextArray => "text[]",
        FieldType.NumberArray => "double precision[]",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, message: null),
    };

    /// <summary>Whether it is one of the array types.</summary>
    public static bool IsArray(this FieldType type) => type is FieldType.TextArray or FieldType.NumberArray;
}
