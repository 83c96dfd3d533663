using System.Text.Json;
using RootCx.Core.Auth;
using RootCx.Core.Errors;
using RootCx.Core.Manifests;

namespace RootCx.Core.Collections;

/// <summary>A query as it was sent: <c>{where?, orderBy?, order?, limit?, offset?, linked?, select?, cursor?, aggregate?, groupBy?}</c>.</summary>
internal sealed class QueryRequest
{
    private JsonElement? _where;

    /// <summary>What rows are ordered by.</summary>
    public required Field OrderBy { get; init; }

    /// <summary>Last ones first.</summary>
    public bool Descending { get; private init; }

    /// <summary>1 to 1000.</summary>
    public int Limit { get; private init; }

    /// <summary>Rows to pass over.</summary>
    public long Offset { get; private init; }

    /// <summary>Which apps' rows are to be added.</summary>
    public LinkedApps Linked { get; private init; } = LinkedApps.None;

    /// <summary>The fields that are wanted; null for all.</summary>
    public IReadOnlyList<Field>? Select { get; private init; }

    /// <summary>Whether pages are taken by cursor.</summary>
    public bool HasCursor { get; private init; }

    /// <summary>Where the page begins; null for the first one.</summary>
    public RowCursor? Cursor { get; private init; }

    /// <summary>What is to be computed instead of rows, or null.</summary>
    public IReadOnlyList<Aggregate>? Aggregate { get; private init; }

    /// <summary>By what it is computed.</summary>
    public IReadOnlyList<Field> GroupBy { get; private init; } = [];

    /// <summary>What an aggregate's rows are ordered by, if it is not the groups themselves.</summary>
    public string? AggregateOrder { get; private init; }

    /// <summary>The type of the entity's ids.</summary>
    public FieldType IdType { get; private init; }

    /// <summary>Reads one.</summary>
    /// <exception cref="RefusedException">Something in it can't be so (400); the text names the place.</exception>
    public static QueryRequest Read(Entity entity, JsonElement body, Grants grants)
    {
        QueryFields.RequireKnown(body, "where", "orderBy", "order", "limit", "offset", "linked", "select", "cursor", "aggregate", "groupBy");
        var aggregates = QueryFields.Optional(body, "aggregate") is { } given ? Collections.Aggregate.ReadAll(entity, given) : null;
        var groups = QueryFields.Fields(entity, body, "groupBy") ?? [];
        var orderBy = QueryFields.Text(body, "orderBy");
        var hasCursor = body.TryGetProperty("cursor", out _);
        if (aggregates is null && groups.Count > 0)
        {
            throw new RefusedException(Refusal.Invalid, "groupBy needs aggregate");
        }

        if (aggregates is not null && (hasCursor || QueryFields.Optional(body, "select") is not null))
        {
            throw new RefusedException(Refusal.Invalid, "aggregate can't be combined with cursor or select");
        }

        var linked = LinkedApps.Read(body, grants);
        if (linked.Any && (hasCursor || aggregates is not null))
        {
            throw new RefusedException(Refusal.Invalid, "linked can't be combined with cursor or aggregate");
        }

        if (hasCursor && QueryFields.Optional(body, "offset") is not null)
        {
            throw new RefusedException(Refusal.Invalid, "cursor can't be combined with offset");
        }

        var field = aggregates is null && orderBy is not null
            ? entity.Find(orderBy) ?? throw RowWrite.Unknown(entity, orderBy, "orderBy")
            : Field.CreatedAt;
        var descending = QueryFields.Descending(body, usually: aggregates is null);
        return new QueryRequest
        {
            OrderBy = field,
            Descending = descending,
            Limit = QueryFields.Limit(body, aggregates is null ? QueryFields.UsualRows : QueryFields.MostRows),
            Offset = QueryFields.Offset(body),
            Linked = linked,
            Select = QueryFields.Fields(entity, body, "select"),
            HasCursor = hasCursor,
            Cursor = QueryFields.Text(body, "cursor") is { } cursor ? RowCursor.Parse(cursor, field, descending) : null,
            Aggregate = aggregates,
            GroupBy = groups,
            AggregateOrder = aggregates is null || orderBy is null ? null : Collections.Aggregate.RequireOrder(orderBy, aggregates, groups),
            IdType = entity.Id.Type,
            _where = QueryFields.Optional(body, "where"),
        };
    }

    /// <summary>The conditions in SQL.</summary>
    public string Conditions(Entity entity, SqlBuilder sql) => _where is { } where ? new WhereClause(entity, sql).Compile(where) : "true";

    /// <summary>A row in SQL: of all columns, or of those that are wanted.</summary>
    public string Row() => Select is null
        ? EntityTable.Row
        : $"(select row_to_json(s.*) from (select {string.Join(", ", Select.Select(EntityTable.Column))}) s)::text";
}
