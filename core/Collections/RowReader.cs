using System.Text.Json;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Auth;
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
        return await _faults.TellAsync(table, fields: null, async () =>
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            await using var command = sql.ToCommand(connection);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            return await reader.ReadAsync(cancellationToken) ? reader.GetFieldValue<byte[]>(0) : throw NotFound(id);
        });
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
    public Task<long> ListAsync(EntityTable table, ListRequest request, Func<byte[], CancellationToken, ValueTask> write, CancellationToken cancellationToken) =>
        _faults.TellAsync(table, fields: null, async () =>
        {
            var sql = new SqlBuilder();
            var where = request.Conditions(table.Entity, sql);
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            if (options.Value.MostListRows is { } most && request.Limit is null)
            {
                await RequireFewerAsync(table, request, most, connection, cancellationToken);
            }

            var key = LinkedRows.KeyOf(table, request.Linked);
            sql.Append($"select {EntityTable.Row}{key} from {table.Sql} t where {where}").Append(RowOrder.Sql(request.Sort, request.Descending));
            if (request.Limit is { } limit)
            {
                sql.Append($" limit {limit}");
            }

            if (request.Offset > 0)
            {
                sql.Append($" offset {request.Offset}");
            }

            await using var command = sql.ToCommand(connection);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            return await linked.JoinAsync(table, request.Linked, reader, write, cancellationToken);
        });

    /// <summary>A page of rows that match a query.</summary>
    /// <exception cref="RefusedException">Something can't be so (400); the text names the place.</exception>
    public Task<RowPage> QueryAsync(EntityTable table, JsonElement body, Grants grants, CancellationToken cancellationToken)
    {
        var query = QueryRequest.Read(table.Entity, body, grants);
        return _faults.TellAsync(table, fields: null, async () =>
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            if (query.Aggregate is not null)
            {
                return new RowPage(await ReadAsync(AggregateStatement.For(table, query), connection, cancellationToken), Total: null, Next: null, HasCursor: false);
            }

            return query.HasCursor
                ? await NextAsync(table, query, connection, cancellationToken)
                : await PageAsync(table, query, connection, cancellationToken);
        });
    }

    internal static RefusedException NotFound(object id) => new(Refusal.NotFound, $"record '{id}' not found");

    private static async Task<List<byte[]>> ReadAsync(SqlBuilder sql, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var rows = new List<byte[]>();
        await using var command = sql.ToCommand(connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(reader.GetFieldValue<byte[]>(0));
        }

        return rows;
    }

    private async Task<RowPage> PageAsync(EntityTable table, QueryRequest query, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var sql = new SqlBuilder();
        var where = query.Conditions(table.Entity, sql);
        var key = LinkedRows.KeyOf(table, query.Linked);
        sql.Append($"select {query.Row()}{key} from {table.Sql} t where {where}").Append(RowOrder.Sql(query.OrderBy, query.Descending))
            .Append($" limit {query.Limit} offset {query.Offset}");
        var rows = await RowsAsync(table, sql, query.Linked, connection, cancellationToken);

        // A page that is not full, and not past the end, tells how many there are.
        return rows.Count < query.Limit && (rows.Count > 0 || query.Offset == 0)
            ? new RowPage(rows, query.Offset + rows.Count, Next: null, HasCursor: false)
            : new RowPage(rows, await CountAsync(table, query, connection, cancellationToken), Next: null, HasCursor: false);
    }

    private static async Task<long> CountAsync(EntityTable table, QueryRequest query, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var sql = new SqlBuilder();
        var where = query.Conditions(table.Entity, sql);
        sql.Append($"select count(*) from {table.Sql} t where {where}");
        await using var command = sql.ToCommand(connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!; // a count is never null
    }

    private static async Task<RowPage> NextAsync(EntityTable table, QueryRequest query, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var sql = new SqlBuilder();
        var where = query.Conditions(table.Entity, sql);
        var after = query.Cursor is { } cursor ? cursor.After(query, sql) : "true";
        sql.Append($"select {query.Row()}, {EntityTable.Column(query.OrderBy)}::text, t.id::text from {table.Sql} t where ({where}) and {after}")
            .Append(RowOrder.Sql(query.OrderBy, query.Descending)).Append($" limit {query.Limit + 1}");
        var rows = new List<byte[]>();
        RowCursor? last = null;
        await using var command = sql.ToCommand(connection);
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                if (rows.Count == query.Limit)
                {
                    return new RowPage(rows, Total: null, last!.ToString(), HasCursor: true); // there is one before this
                }

                rows.Add(reader.GetFieldValue<byte[]>(0));
                last = new RowCursor(query.OrderBy.Name, query.Descending, await reader.IsDBNullAsync(1, cancellationToken) ? null : reader.GetString(1), reader.GetString(2));
            }
        }

        return new RowPage(rows, Total: null, Next: null, HasCursor: true);
    }

    private async Task<List<byte[]>> RowsAsync(EntityTable table, SqlBuilder sql, LinkedApps apps, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var rows = new List<byte[]>();
        await using var command = sql.ToCommand(connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await linked.JoinAsync(
            table,
            apps,
            reader,
            (row, _) =>
            {
                rows.Add(row);
                return ValueTask.CompletedTask;
            },
            cancellationToken);
        return rows;
    }

    private static async Task RequireFewerAsync(EntityTable table, ListRequest request, int most, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var sql = new SqlBuilder();
        var where = request.Conditions(table.Entity, sql);
        sql.Append($"select count(*) from (select from {table.Sql} t where {where} limit {most + 1L} offset {request.Offset}) found");
        await using var command = sql.ToCommand(connection);
        if ((long)(await command.ExecuteScalarAsync(cancellationToken))! > most)
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
