using System.Text.Json;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Auth;
using RootCx.Core.Database;
using RootCx.Core.Errors;

namespace RootCx.Core.Collections;

/// <summary>Reads rows of apps.</summary>
public sealed class RowReader(NpgsqlDataSource database, LinkedRows linked, IOptions<CollectionOptions> options)
{
    private readonly RowFaults _faults = new(database);

    /// <summary>A row as a JSON object of all columns in UTF-8.</summary>
    /// <exception cref="RefusedException">There is no such row (404).</exception>
    public async Task<byte[]> FindAsync(EntityTable table, object id, CancellationToken cancellationToken)
    {
        var sql = new SqlBuilder();
        sql.Append($"select {EntityTable.Row} from {table.Sql} t where t.id = {sql.Add(table.Entity.Id.Type, id)}");
        return await _faults.TellAsync(table, sql, ReadAsync, cancellationToken);

        async Task<byte[]> ReadAsync(NpgsqlConnection connection)
        {
            await using var command = sql.ToCommand(connection);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            return await reader.ReadAsync(cancellationToken) ? reader.GetFieldValue<byte[]>(0) : throw NotFound(id);
        }
    }

    /// <summary>
    /// All rows that match, one after the other as the database hands them out: nothing is gathered. Whatever is wrong shows before the first one, unless the
    /// database fails in the middle.
    /// </summary>
    /// <param name="table">Which rows.</param>
    /// <param name="request">Which of them, and how.</param>
    /// <param name="write">Takes a row, which is a JSON object in UTF-8.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RefusedException">Something can't be so (400), or there are more rows than one request may have (400).</exception>
    public async Task<long> ListAsync(EntityTable table, ListRequest request, Func<byte[], CancellationToken, ValueTask> write, CancellationToken cancellationToken)
    {
        var others = await linked.TablesAsync(table, request.Linked, cancellationToken);
        var sql = new SqlBuilder();
        sql.Append($"select {EntityTable.Row}{LinkedRows.KeyOf(table, others)} from {table.Sql} t where {request.Conditions(table.Entity, sql)}")
            .Append(RowOrder.Sql(request.Sort, request.Descending))
            .Append(request.Limit is { } limit ? $" limit {limit}" : "")
            .Append(request.Offset > 0 ? $" offset {request.Offset}" : "");
        return await _faults.TellAsync(table, sql, ReadAsync, cancellationToken);

        async Task<long> ReadAsync(NpgsqlConnection connection)
        {
            if (options.Value.MostListRows is { } most && request.Limit is null)
            {
                await RequireFewerAsync(table, request, most, connection, cancellationToken);
            }

            await using var command = sql.ToCommand(connection);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            try
            {
                return await linked.JoinAsync(others, reader, write, cancellationToken);
            }
            catch
            {
                await reader.AbandonAsync(command); // nobody takes the rest
                throw;
            }
        }
    }

    /// <summary>A page of rows that match a query.</summary>
    /// <exception cref="RefusedException">Something can't be so (400); the text names the place.</exception>
    public async Task<RowPage> QueryAsync(EntityTable table, JsonElement body, Grants grants, CancellationToken cancellationToken)
    {
        var query = QueryRequest.Read(table.Entity, body, grants);
        if (query.Aggregate is not null)
        {
            var aggregates = AggregateStatement.For(table, query);
            var rows = await _faults.TellAsync(table, aggregates, connection => RowsAsync(aggregates, [], connection, cancellationToken), cancellationToken);
            return new RowPage(rows, Total: null, Next: null, HasCursor: false);
        }

        return query.HasCursor ? await NextAsync(table, query, cancellationToken) : await PageAsync(table, query, cancellationToken);
    }

    internal static RefusedException NotFound(object id) => new(Refusal.NotFound, $"record '{id}' not found");

    private async Task<RowPage> PageAsync(EntityTable table, QueryRequest query, CancellationToken cancellationToken)
    {
        var others = await linked.TablesAsync(table, query.Linked, cancellationToken);
        var sql = new SqlBuilder();
        var where = query.Conditions(table.Entity, sql);
        sql.Append($"select {query.Row()}{LinkedRows.KeyOf(table, others)} from {table.Sql} t where {where}").Append(RowOrder.Sql(query.OrderBy, query.Descending))
            .Append($" limit {query.Limit} offset {query.Offset}");
        return await _faults.TellAsync(table, sql, ReadAsync, cancellationToken);

        // A page that is not full, and not past the end, tells how many there are.
        async Task<RowPage> ReadAsync(NpgsqlConnection connection)
        {
            var rows = await RowsAsync(sql, others, connection, cancellationToken);
            var total = rows.Count < query.Limit && (rows.Count > 0 || query.Offset == 0)
                ? query.Offset + rows.Count
                : await CountAsync(table, query, connection, cancellationToken);
            return new RowPage(rows, total, Next: null, HasCursor: false);
        }
    }

    private static async Task<long> CountAsync(EntityTable table, QueryRequest query, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var sql = new SqlBuilder();
        var where = query.Conditions(table.Entity, sql);
        return await sql.Append($"select count(*) from {table.Sql} t where {where}").CountAsync(connection, cancellationToken);
    }

    private async Task<RowPage> NextAsync(EntityTable table, QueryRequest query, CancellationToken cancellationToken)
    {
        var sql = new SqlBuilder();
        var where = query.Conditions(table.Entity, sql);
        var after = query.Cursor is { } cursor ? cursor.After(query, sql) : "true";
        sql.Append($"select {query.Row()}, {EntityTable.Column(query.OrderBy)}::text, t.id::text from {table.Sql} t where ({where}) and {after}")
            .Append(RowOrder.Sql(query.OrderBy, query.Descending)).Append($" limit {query.Limit + 1}");
        return await _faults.TellAsync(table, sql, ReadAsync, cancellationToken);

        async Task<RowPage> ReadAsync(NpgsqlConnection connection)
        {
            var rows = new PageBytes();
            RowCursor? last = null;
            await using var command = sql.ToCommand(connection);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                if (rows.Rows.Count == query.Limit)
                {
                    return new RowPage(rows.Rows, Total: null, last!.ToString(), HasCursor: true); // there is one before this
                }

                rows.Add(reader.GetFieldValue<byte[]>(0));
                last = new RowCursor(query.OrderBy.Name, query.Descending, await reader.IsDBNullAsync(1, cancellationToken) ? null : reader.GetString(1), reader.GetString(2));
            }

            return new RowPage(rows.Rows, Total: null, Next: null, HasCursor: true);
        }
    }

    private async Task<List<byte[]>> RowsAsync(SqlBuilder sql, IReadOnlyList<EntityTable> others, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var rows = new PageBytes();
        await using var command = sql.ToCommand(connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await linked.JoinAsync(
            others,
            reader,
            (row, _) =>
            {
                rows.Add(row);
                return ValueTask.CompletedTask;
            },
            cancellationToken);
        return rows.Rows;
    }

    private static async Task RequireFewerAsync(EntityTable table, ListRequest request, int most, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var sql = new SqlBuilder();
        var where = request.Conditions(table.Entity, sql);
        sql.Append($"select count(*) from (select from {table.Sql} t where {where} limit {most + 1L} offset {request.Offset}) found");
        if (await sql.CountAsync(connection, cancellationToken) > most)
        {
            throw new RefusedException(Refusal.Invalid, $"there are more than {most} records: ask for them with limit and offset, or with a cursor");
        }
    }
}

/// <summary>Rows that a query found.</summary>
/// <param name="Rows">JSON objects in UTF-8.</param>
/// <param name="Total">How many match in all; null where it was not asked for.</param>
/// <param name="Next">Where the next page begins; null after the last one.</param>
/// <param name="HasCursor">Whether the query was one by cursor.</param>
public sealed record RowPage(IReadOnlyList<byte[]> Rows, long? Total, string? Next, bool HasCursor);
