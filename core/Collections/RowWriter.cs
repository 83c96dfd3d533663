using System.Data.Common;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using RootCx.Core.Audit;
using RootCx.Core.Errors;
using RootCx.Core.Manifests;

namespace RootCx.Core.Collections;

/// <summary>Writes rows of apps. Each write is one statement in one round trip, and recorded in the name of whoever is behind it.</summary>
public sealed class RowWriter(NpgsqlDataSource database)
{
    private const int MostAtOnce = 1000;
    private const int MostValues = 65_535;

    // It grows with every change, however two of them meet.
    private const string Touch = "updated_at = greatest(now(), t.updated_at + interval '1 microsecond')";

    private readonly RowFaults _faults = new(database);

    /// <summary>Makes a row; or changes the one that has the same values in the fields of <paramref name="onConflict"/>.</summary>
    /// <param name="table">Where.</param>
    /// <param name="body">A JSON object.</param>
    /// <param name="actor">On whose behalf.</param>
    /// <param name="onConflict">Fields that a unique constraint is on; null to refuse a row that is there.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RefusedException">Something can't be so (400), or contradicts other rows (409).</exception>
    public async Task<WrittenRow> CreateAsync(EntityTable table, JsonElement body, RowActor actor, IReadOnlyList<string>? onConflict, CancellationToken cancellationToken)
    {
        var values = RowWrite.Read(table.Entity, body, isNew: true);
        if (values.Count == 0)
        {
            throw Refused("body must contain at least one writable field");
        }

        var sql = new SqlBuilder();
        sql.Append($"insert into {table.Sql} as t ({Names(values.Keys)}) values (")
            .Append(string.Join(", ", values.Select(value => sql.Add(value.Key.Type, value.Value, value.Key.Name))))
            .Append(")").Append(Conflict(table, values.Keys, onConflict)).Append($" returning {EntityTable.Row}, t.xmax = 0");
        return await RunAsync(table, sql, actor, ReadAsync, cancellationToken);

        static async Task<WrittenRow> ReadAsync(DbDataReader reader, CancellationToken cancellationToken)
        {
            await reader.ReadAsync(cancellationToken); // an insert that did not fail made a row or changed one
            return new WrittenRow(reader.GetFieldValue<byte[]>(0), reader.GetBoolean(1));
        }
    }

    /// <summary>Makes all rows or none, in their order; a field that a row lacks gets the column's default.</summary>
    /// <param name="table">Where.</param>
    /// <param name="body">A JSON array of 1 to 1000 objects.</param>
    /// <param name="actor">On whose behalf.</param>
    /// <param name="onConflict">See <see cref="CreateAsync"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RefusedException">Something can't be so (400), or contradicts other rows (409).</exception>
    public async Task<IReadOnlyList<byte[]>> CreateManyAsync(
        EntityTable table, JsonElement body, RowActor actor, IReadOnlyList<string>? onConflict, CancellationToken cancellationToken)
    {
        var rows = ReadRows(table.Entity, body);
        if (onConflict is not null && rows.FindIndex(row => row.Count != rows[0].Count || !row.Keys.All(rows[0].ContainsKey)) is var other and > 0)
        {
            // What one of them lacks would be overwritten in the row that is there.
            throw Refused($"with onConflict all records must have the same fields: records[{other}] has others than records[0]");
        }

        var columns = table.Entity.Fields.Where(field => rows.Exists(row => row.ContainsKey(field))).ToList();
        if (rows.Count * columns.Count is var count and > MostValues)
        {
            throw Refused($"bulk insert requires {count} params, limit is {MostValues}");
        }

        var sql = new SqlBuilder();
        sql.Append($"insert into {table.Sql} as t ({Names(columns)}) ");
        BulkValues.Append(sql, columns, rows);
        sql.Append(Conflict(table, columns, onConflict)).Append($" returning {EntityTable.Row}");
        return await RunAsync(table, sql, actor, ReadAsync, cancellationToken);

        async Task<IReadOnlyList<byte[]>> ReadAsync(DbDataReader reader, CancellationToken cancellationToken)
        {
            var written = new List<byte[]>(rows.Count);
            while (await reader.ReadAsync(cancellationToken))
            {
                written.Add(reader.GetFieldValue<byte[]>(0));
            }

            return written;
        }
    }

    /// <summary>Changes the fields that are sent, and <c>updated_at</c> in any case.</summary>
    /// <param name="table">Where.</param>
    /// <param name="id">The row's, see <see cref="RowKey"/>.</param>
    /// <param name="body">A JSON object.</param>
    /// <param name="actor">On whose behalf.</param>
    /// <param name="expected">Which state the change is meant for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RefusedException">Something can't be so (400), contradicts other rows (409), there is no such row (404), or it has changed (412).</exception>
    public async Task<byte[]> UpdateAsync(EntityTable table, object id, JsonElement body, RowActor actor, RowVersion expected, CancellationToken cancellationToken)
    {
        var values = RowWrite.Read(table.Entity, body, isNew: false);
        var sql = new SqlBuilder();
        sql.Append($"update {table.Sql} as t set ");
        foreach (var (field, value) in values)
        {
            sql.Append($"\"{field.Name}\" = {sql.Add(field.Type, value, field.Name)}, ");
        }

        sql.Append(Touch).Append(Only(table, sql, id, expected)).Append($" returning {EntityTable.Row}");
        return await RunAsync(table, sql, actor, FirstAsync, cancellationToken)
            ?? throw await MissingAsync(table, id, expected, cancellationToken);

        static async Task<byte[]?> FirstAsync(DbDataReader reader, CancellationToken cancellationToken) =>
            await reader.ReadAsync(cancellationToken) ? reader.GetFieldValue<byte[]>(0) : null;
    }

    /// <summary>Deletes a row.</summary>
    /// <exception cref="RefusedException">Others point to it (409), there is no such row (404), or it has changed (412).</exception>
    public async Task DeleteAsync(EntityTable table, object id, RowActor actor, RowVersion expected, CancellationToken cancellationToken)
    {
        var sql = new SqlBuilder();
        sql.Append($"delete from {table.Sql} as t").Append(Only(table, sql, id, expected)).Append(" returning true");
        if (!await RunAsync(table, sql, actor, async (reader, stop) => await reader.ReadAsync(stop), cancellationToken))
        {
            throw await MissingAsync(table, id, expected, cancellationToken);
        }
    }

    private static string Only(EntityTable table, SqlBuilder sql, object id, RowVersion expected)
    {
        var only = $" where t.id = {sql.Add(table.Entity.Id.Type, id)}";
        return expected.IsAny ? only : $"{only} and t.updated_at = {sql.Add(NpgsqlDbType.TimestampTz, expected.UpdatedAt)}";
    }

    private static string Names(IEnumerable<Field> fields) => string.Join(", ", fields.Select(field => $"\"{field.Name}\""));

    private static string Conflict(EntityTable table, IEnumerable<Field> columns, IReadOnlyList<string>? onConflict)
    {
        if (onConflict is null)
        {
            return "";
        }

        var keys = onConflict.Select(name => table.Entity.Find(name) ?? throw RowWrite.Unknown(table.Entity, name, "onConflict")).ToHashSet();
        var changed = columns.Where(field => !keys.Contains(field) && !ReferenceEquals(field, table.Entity.Id)).Select(field => $"\"{field.Name}\" = excluded.\"{field.Name}\"");
        return $" on conflict ({Names(keys)}) do update set {string.Join(", ", changed.Append(Touch))}";
    }

    private static List<Dictionary<Field, object?>> ReadRows(Entity entity, JsonElement body)
    {
        var count = body.ValueKind == JsonValueKind.Array ? body.GetArrayLength() : throw Refused("body must be a JSON array");
        if (count == 0)
        {
            throw Refused("array must not be empty");
        }

        if (count > MostAtOnce)
        {
            throw Refused($"batch size {count} exceeds max {MostAtOnce}");
        }

        return
        [
            .. body.EnumerateArray().Select((record, index) => RowWrite.Read(entity, record, isNew: true, $"records[{index}]") is { Count: > 0 } row
                ? row
                : throw Refused($"each record must contain at least one writable field: records[{index}]")),
        ];
    }

    private async Task<T> RunAsync<T>(
        EntityTable table, SqlBuilder sql, RowActor actor, Func<DbDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken) =>
        await _faults.TellAsync(table, sql, async connection =>
        {
            await using var batch = RowSession.For(connection, actor, sql);
            T result;
            await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
            {
                await reader.NextResultAsync(cancellationToken);
                result = await read(reader, cancellationToken);
                while (await reader.ReadAsync(cancellationToken))
                {
                    // The rest is read, so that a fault in it is heard of.
                }

                await reader.NextResultAsync(cancellationToken);
            }

            return result;
        }, cancellationToken);

    private async Task<RefusedException> MissingAsync(EntityTable table, object id, RowVersion expected, CancellationToken cancellationToken)
    {
        if (!expected.IsAny)
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            var sql = new SqlBuilder();
            sql.Append($"select from {table.Sql} as t where t.id = {sql.Add(table.Entity.Id.Type, id)}");
            await using var command = sql.ToCommand(connection);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            if (await reader.ReadAsync(cancellationToken))
            {
                return new RefusedException(Refusal.PreconditionFailed, $"record '{id}' has changed since: read it again");
            }
        }

        return RowReader.NotFound(id);
    }

    private static RefusedException Refused(string text) => new(Refusal.Invalid, text);
}

/// <summary>A row as it is now.</summary>
/// <param name="Json">A JSON object of all columns, in UTF-8.</param>
/// <param name="IsNew">Whether it was made, not changed.</param>
public sealed record WrittenRow(byte[] Json, bool IsNew);
