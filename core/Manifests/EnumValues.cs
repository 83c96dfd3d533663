using System.Text.Json;
using RootCx.Core.Json;

namespace RootCx.Core.Manifests;

/// <summary>Reads which values a field may have.</summary>
internal static class EnumValues
{
    private const int Most = 1000;

    /// <summary>The values as text, numbers in the one way that they are written; null for any.</summary>
    public static IReadOnlyList<string>? Read(ManifestObject field, FieldType type)
    {
        var key = field.Spelling("enum_values", "enumValues");
        if (field.Find(key) is not { } list)
        {
            return null;
        }

        if (type is not (FieldType.Text or FieldType.Number))
        {
            field.Report(key, "only fields of type text and number can have a list of values");
            return null;
        }

        var values = new List<string>();
        var items = field.Items(key, Most);
        for (var position = 0; position < items.Count; position++)
        {
            var item = items[position];
            var text = JsonText.OrNull(item);

            // Some write all values as strings.
            var value = type == FieldType.Text ? text : ManifestValue.Number(item) ?? (text is null ? null : ManifestValue.Number(text));
            if (value is null)
            {
                field.Report($"{key}[{position}]", type == FieldType.Text ? "must be a string of Unicode text without NUL" : "must be a number");
            }
            else if (values.Contains(value))
            {
                field.Report($"{key}[{position}]", $"{ManifestNames.Quote(value)} is listed twice");
            }
            else
            {
                values.Add(value);
            }
        }

        if (list.ValueKind == JsonValueKind.Array && list.GetArrayLength() == 0)
        {
            field.Report(key, "must have one value at least; leave it out to allow any");
        }

        return values;
    }
}
