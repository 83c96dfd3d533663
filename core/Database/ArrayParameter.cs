using Npgsql;
using NpgsqlTypes;

namespace RootCx.Core.Database;

/// <summary>Makes parameters that carry a column of many rows.</summary>
internal static class ArrayParameter
{
    /// <summary>The values in their order.</summary>
    public static NpgsqlParameter<T[]> Of<T>(NpgsqlDbType element, IEnumerable<T> values) =>
        new() { TypedValue = [.. values], NpgsqlDbType = NpgsqlDbType.Array | element };
}
