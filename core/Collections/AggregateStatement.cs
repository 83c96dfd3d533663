using RootCx.Core.Errors;

namespace RootCx.Core.Collections;

/// <summary>Puts together the statement that computes aggregates.</summary>
internal static class AggregateStatement
{
    /// <summary>One row per group, ordered by the groups unless the query says otherwise; each a JSON object of groups and aggregates.</summary>
    /// <exception cref="RefusedException">A group and an aggregate have the same name, or the conditions say something that can't be (400).</exception>
    public static SqlBuilder For(EntityTable table, QueryRequest query)
    {
        var aggregates = query.Aggregate!; // it is a query for them
        if (query.GroupBy.FirstOrDefault(field => aggregates.Any(aggregate => aggregate.Name == field.Name)) is { } twice)
        {
            throw new RefusedException(Refusal.Invalid, $"aggregate.{twice.Name}: the answer has that name already, from groupBy");
        }

        var groups = query.GroupBy.Select(field => $"{EntityTable.Column(field)}").ToList();
        var sql = new SqlBuilder();
        var where = query.Conditions(table.Entity, sql);
        sql.Append("select row_to_json(a.*)::text from (select ")
            .Append(string.Join(", ", groups.Concat(aggregates.Select(aggregate => $"{aggregate.Sql} as \"{aggregate.Name}\""))))
            .Append($" from {table.Sql} t where {where}");
        if (groups.Count > 0)
        {
            sql.Append($" group by {string.Join(", ", groups)}");
        }

        sql.Append(") a");
        string[] order = [.. query.GroupBy.Select(field => $"a.\"{field.Name}\"")];
        if (query.AggregateOrder is { } first)
        {
            order = [$"a.\"{first}\"{(query.Descending ? " desc nulls last" : "")}", .. order];
        }

        if (order.Length > 0)
        {
            sql.Append($" order by {string.Join(", ", order)}");
        }

        return sql.Append($" limit {query.Limit} offset {query.Offset}");
    }
}
