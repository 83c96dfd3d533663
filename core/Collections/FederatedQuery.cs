using System.Text.Json;
using System.Text.RegularExpressions;
using Npgsql;
using RootCx.Core.Auth;
using RootCx.Core.Errors;
using RootCx.Core.Manifests;

namespace RootCx.Core.Collections;

/// <summary>Queries the records of one kind in all apps at once; each row says in <c>_source</c> where it is from.</summary>
public sealed partial class FederatedQuery(NpgsqlDataSource database, AppManifests manifests)
{
    private readonly RowFaults _faults = new(database);

    /// <summary>
    /// A page of the rows that match, of those entities that the caller may read. They are ordered by the text of a field; an entity that lacks a field has no
    /// value in it.
    /// </summary>
    /// <param name="kind">The identity kind.</param>
    /// <param name="body"><c>{where?, orderBy?, order?, limit?, offset?}</c>.</param>
    /// <param name="grants">What the caller may do.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RefusedException">Something can't be so (400); the text names the place.</exception>
    public async Task<RowPage> RunAsync(string kind, JsonElement body, Grants grants, CancellationToken cancellationToken)
    {
        QueryFields.RequireKnown(body, "where", "orderBy", "order", "limit", "offset");
        var orderBy = QueryFields.Text(body, "orderBy") ?? Field.CreatedAt.Name;
        if (!Name().IsMatch(orderBy))
        {
            throw new RefusedException(Refusal.Invalid, $"invalid sort field: '{orderBy}'");
        }

        var direction = QueryFields.Descending(body, usually: true) ? " desc nulls last" : "";
        var (limit, offset) = (QueryFields.Limit(body), QueryFields.Offset(body));
        var tables = (from manifest in await manifests.OfKindAsync(kind, cancellationToken)
                      from entity in manifest.Entities
                      where entity.Identity?.Kind == kind && grants.Allows($"app:{manifest.AppId}:{entity.Name}.read")
                      select new EntityTable(manifest.AppId, entity)).ToList();
        if (tables.Count == 0)
        {
            return new RowPage([], 0, Next: null, HasCursor: false);
        }

        if (tables.TrueForAll(table => table.Entity.Find(orderBy) is null))
        {
            throw RowWrite.Unknown(tables[0].Entity, orderBy, "orderBy");
        }

        var where = QueryFields.Optional(body, "where");
        var rows = new SqlBuilder();
        rows.Append($"select row, place from ({Union(tables, where, rows, table => Columns(table, orderBy))}) u order by sort collate \"C\"{direction}, place, id limit {limit} offset {offset}");
        var counts = new SqlBuilder();
        counts.Append($"select count(*) from ({Union(tables, where, counts, _ => "1")}) u");
        return await _faults.TellAsync(
            tables[0],
            rows,
            async connection => new RowPage(
                await ReadAsync(tables, rows, connection, cancellationToken), await counts.CountAsync(connection, cancellationToken), Next: null, HasCursor: false),
            cancellationToken);
    }

    private static string Columns(EntityTable table, string orderBy) =>
        $"{EntityTable.Row} as row, t.id::text as id, {(table.Entity.Find(orderBy) is { } field ? $"{EntityTable.Column(field)}::text" : "null::text")} as sort";

    private static string Union(List<EntityTable> tables, JsonElement? where, SqlBuilder sql, Func<EntityTable, string> columns)
    {
        // A field that one of the entities has is missing in the others; one that none has is a mistake.
        var all = tables.SelectMany(table => table.Entity.Fields).DistinctBy(field => field.Name).ToDictionary(field => field.Name);
        return string.Join(" union all ", tables.Select((table, index) =>
            $"select {columns(table)}, {index} as place from {table.Sql} t where {(where is { } conditions ? new WhereClause(table.Entity, sql, all).Compile(conditions) : "true")}"));
    }

    private static async Task<List<byte[]>> ReadAsync(List<EntityTable> tables, SqlBuilder sql, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var found = new PageBytes();
        await using var command = sql.ToCommand(connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var table = tables[reader.GetInt32(1)];
            found.Add(LinkedRows.With(reader.GetFieldValue<byte[]>(0), "_source", $"{{\"app\":\"{table.AppId}\",\"entity\":\"{table.Entity.Name}\"}}"));
        }

        return found.Rows;
    }

    [GeneratedRegex("^[a-z0-9_]*\\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();
}
