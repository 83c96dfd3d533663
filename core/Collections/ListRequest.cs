using System.Globalization;
using RootCx.Core.Errors;
using RootCx.Core.Manifests;

namespace RootCx.Core.Collections;

/// <summary>Which rows a list has, as a query string says it: all whose fields have the values it names.</summary>
public sealed class ListRequest
{
    private readonly IReadOnlyList<KeyValuePair<string, string>> _filters;

    /// <summary>Reads a query string; what can't be read as a number or an order has a default.</summary>
    /// <param name="entity">Whose rows.</param>
    /// <param name="query">Names and values, decoded.</param>
    /// <param name="linked">Which apps' rows are to be added.</param>
    /// <exception cref="RefusedException">A field comes twice (400).</exception>
    public ListRequest(Entity entity, IEnumerable<KeyValuePair<string, string>> query, LinkedApps linked)
    {
        var given = query.ToList();
        Limit = One("limit") is not { } limit ? null : long.TryParse(limit, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var rows)
            ? (int)Math.Clamp(rows, 1, QueryFields.MostRows)
            : QueryFields.UsualRows;
        Offset = long.TryParse(One("offset"), NumberStyles.None, CultureInfo.InvariantCulture, out var offset) ? offset : 0;
        Sort = One("sort") is { } sort && entity.Find(sort) is { } field ? field : Field.CreatedAt;
        Descending = One("order") is not ("asc" or "ASC");
        Linked = linked;
        _filters = [.. given.Where(pair => pair.Key is not ("limit" or "offset" or "sort" or "order" or "linked"))];
        if (_filters.GroupBy(pair => pair.Key).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new RefusedException(Refusal.Invalid, $"'{twice.Key}' is given twice: use POST …/query with $in");
        }

        string? One(string name) => given.Find(pair => pair.Key == name).Value;
    }

    /// <summary>1 to 1000; null for all rows.</summary>
    public int? Limit { get; }

    /// <summary>Rows to pass over.</summary>
    public long Offset { get; }

    /// <summary>What they are ordered by; <c>created_at</c> unless it names a field.</summary>
    public Field Sort { get; }

    /// <summary>Last ones first, unless <c>asc</c> is asked for.</summary>
    public bool Descending { get; }

    /// <summary>Which apps' rows are to be added.</summary>
    public LinkedApps Linked { get; }

    /// <summary>The conditions in SQL.</summary>
    /// <exception cref="RefusedException">An unknown field, or a value that can't be one (400).</exception>
    internal string Conditions(Entity entity, SqlBuilder sql) => _filters.Count == 0
        ? "true"
        : string.Join(" and ", _filters.Select(filter =>
        {
            var field = entity.Find(filter.Key) ?? throw RowWrite.Unknown(entity, filter.Key);
            return $"{EntityTable.Column(field)} = {sql.Add(field.Type, FieldValue.Parse(field.Type, filter.Value, filter.Key), filter.Key)}";
        }));
}
