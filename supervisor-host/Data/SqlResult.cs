using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Npgsql;
using RootCx.Core.Errors;

namespace RootCx.SupervisorHost.Data;

/// <summary>Reads what a statement returned into the JSON that <c>ctx.sql</c> gives: <c>{"columns", "rows", "rowCount"}</c>.</summary>
internal static class SqlResult
{
    /// <summary>Most rows that a statement may return.</summary>
    public const int MostRows = 1000;

    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Reads it.</summary>
    /// <param name="reader">Reads values in their order, as texts.</param>
    /// <param name="mostBytes">Longest JSON. A longer value is not even read.</param>
    /// <param name="cancellationToken">Nobody waits any more.</param>
    /// <exception cref="RefusedException">Too many rows, or too long (400); what is left has not been read.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(NpgsqlDataReader reader, int mostBytes, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>();
        await using var writer = new Utf8JsonWriter(buffer, Readable);
        writer.WriteStartObject();
        writer.WriteStartArray("columns");
        var types = Enumerable.Range(0, reader.FieldCount).Select(reader.GetPostgresType).ToList();
        for (var column = 0; column < types.Count; column++)
        {
            writer.WriteStringValue(reader.GetName(column));
        }

        writer.WriteEndArray();
        writer.WriteStartArray("rows");
        var rows = 0;
        while (await reader.ReadAsync(cancellationToken))
        {
            if (++rows > MostRows)
            {
                throw new RefusedException(Refusal.Invalid, $"the statement returns more than {MostRows} rows: give it a limit, and read on from there");
            }

            writer.WriteStartArray();
            for (var column = 0; column < types.Count; column++)
            {
                if (await reader.IsDBNullAsync(column, cancellationToken))
                {
                    writer.WriteNullValue();
                    continue;
                }

                var length = reader.GetBytes(column, 0, null, 0, 0);
                RequireShort(writer.BytesCommitted + writer.BytesPending + length, mostBytes);
                SqlJson.Write(writer, types[column], await reader.GetFieldValueAsync<string>(column, cancellationToken));
            }

            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        writer.WriteNumber("rowCount", types.Count > 0 ? rows : Math.Max(0, reader.RecordsAffected));
        writer.WriteEndObject();
        await writer.FlushAsync(cancellationToken);
        RequireShort(buffer.WrittenCount, mostBytes);
        return buffer.WrittenMemory;
    }

    private static void RequireShort(long bytes, int mostBytes)
    {
        if (bytes > mostBytes)
        {
            throw new RefusedException(Refusal.Invalid, $"the result of sql() is longer than the {mostBytes} bytes that can be sent");
        }
    }
}
