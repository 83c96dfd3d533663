using RootCx.Core.Manifests;

namespace RootCx.Core.Collections;

/// <summary>How rows are ordered: by a field, and among equals by id, so that pages neither repeat nor skip any.</summary>
internal static class RowOrder
{
    /// <summary>The clause.</summary>
    public static string Sql(Field field, bool descending)
    {
        var direction = descending ? " desc" : "";
        return field.Name == Field.Id.Name ? $" order by t.id{direction}" : $" order by {EntityTable.Column(field)}{direction}, t.id{direction}";
    }
}
