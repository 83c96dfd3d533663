using RootCx.Core.Manifests;

namespace RootCx.Core.Collections;

/// <summary>An entity of an app, and the table that holds its rows.</summary>
/// <param name="AppId">The app.</param>
/// <param name="Entity">The entity.</param>
public sealed record EntityTable(string AppId, Entity Entity)
{
    /// <summary>The rows as JSON objects of all columns; <c>t</c> is the table in every statement. The star makes it the row, even where a column is called <c>t</c>.</summary>
    internal const string Row = "row_to_json(t.*)::text";

    /// <summary>The table's name in SQL. Ids and names are plain identifiers, so quotes are all they need.</summary>
    internal string Sql { get; } = $"\"{AppId}\".\"{Entity.Name}\"";

    /// <summary>A column of <c>t</c> in SQL.</summary>
    internal static string Column(Field field) => $"t.\"{field.Name}\"";
}
