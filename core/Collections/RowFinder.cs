using System.Buffers;
using System.Text.Json;
using Npgsql;
using RootCx.Core.Database;
using RootCx.Core.Errors;

namespace RootCx.Core.Collections;

/// <summary>Finds rows for an app's own code, which gets all of them at once.</summary>
public sealed class RowFinder(NpgsqlDataSource database)
{
    private readonly RowFaults _faults = new(database);

    /// <summary>The rows that match, as a JSON array in UTF-8; with <paramref name="onlyFirst"/> one of them, or <c>null</c>.</summary>
    /// <param name="table">Which rows.</param>
    /// <param name="where">A condition as queries have it; null for all.</param>
    /// <param name="onlyFirst">Whether one is enough.</param>
    /// <param name="mostBytes">Longest result; more is refused before it is gathered.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RefusedException">Something can't be so, or the result is too long (400).</exception>
    public Task<ReadOnlyMemory<byte>> FindAsync(EntityTable table, JsonElement? where, bool onlyFirst, int mostBytes, CancellationToken cancellationToken)
    {
        var sql = new SqlBuilder();
        var condition = where is { } given ? new WhereClause(table.Entity, sql).Compile(given) : "true";
        sql.Append($"select {EntityTable.Row} from {table.Sql} t where {condition}{(onlyFirst ? " limit 1" : "")}");
        return _faults.TellAsync(table, sql, async connection =>
        {
            await using var command = sql.ToCommand(connection);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            if (await GatherAsync(reader, onlyFirst, mostBytes, cancellationToken) is { } found)
            {
                return found;
            }

            await reader.AbandonAsync(command);
            throw new RefusedException(Refusal.Invalid, $"the records that match are longer than {mostBytes} bytes together: narrow the condition");
        }, cancellationToken);
    }

    // Null when there is more than may be.
    private static async Task<ReadOnlyMemory<byte>?> GatherAsync(NpgsqlDataReader reader, bool onlyFirst, int mostBytes, CancellationToken cancellationToken)
    {
        if (onlyFirst)
        {
            var row = await reader.ReadAsync(cancellationToken) ? reader.GetFieldValue<byte[]>(0) : "null"u8.ToArray();
            return row.Length <= mostBytes ? row : null;
        }

        var rows = new ArrayBufferWriter<byte>();
        rows.Write("["u8);
        while (await reader.ReadAsync(cancellationToken))
        {
            var row = reader.GetFieldValue<byte[]>(0);
            if (rows.WrittenCount + row.Length + 2 > mostBytes)
            {
                return null;
            }

            rows.Write(rows.WrittenCount > 1 ? ","u8 : ""u8);
            rows.Write(row);
        }

        rows.Write("]"u8);
        return rows.WrittenMemory;
    }
}
