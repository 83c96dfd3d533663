using RootCx.Core.Manifests;

namespace RootCx.Core.Hooks;

/// <summary>What happens to rows, as SQL names it.</summary>
public static class RowOperationNames
{
    /// <summary><c>INSERT</c>, <c>UPDATE</c> or <c>DELETE</c>.</summary>
    public static string SqlName(this RowOperation operation) => operation switch
    {
        RowOperation.Insert => "INSERT",
        RowOperation.Update => "UPDATE",
        RowOperation.Delete => "DELETE",
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, message: null),
    };

    /// <summary>The operation of that name, in whatever case; null if there is none.</summary>
    public static RowOperation? Find(string name) => name.ToUpperInvariant() switch
    {
        "INSERT" => RowOperation.Insert,
        "UPDATE" => RowOperation.Update,
        "DELETE" => RowOperation.Delete,
        _ => null,
    };
}
