using System.Data.Common;
using System.Text;
using System.Text.Json;
using Npgsql;
using RootCx.Core.Manifests;

namespace RootCx.Core.Collections;

/// <summary>
/// Adds to rows what other apps know of the same thing: <c>_linked: {"&lt;app&gt;": {"entity", "recordId", "data"}}</c> with the oldest record of the same identity
/// kind whose key has the same value.
/// </summary>
public sealed class LinkedRows(NpgsqlDataSource database, AppManifests manifests) : IDisposable
{
    // Rows that are looked for together: so many, or so many bytes of them.
    private const int Chunk = 200;
    private const int ChunkBytes = 4 * 1024 * 1024;

    // Each holds one connection while it asks for another: they must never be all there are.
    private const int MostAtOnce = 16;

    private readonly SemaphoreSlim _turns = new(MostAtOnce);

    /// <summary>The entities of other apps whose records are to be added to rows; to be asked for before a connection is taken.</summary>
    internal async Task<IReadOnlyList<EntityTable>> TablesAsync(EntityTable table, LinkedApps apps, CancellationToken cancellationToken) =>
        !apps.Any || table.Entity.Identity is not { } identity ? [] :
        [
            .. from manifest in await manifests.OfKindAsync(identity.Kind, cancellationToken)
               where manifest.AppId != table.AppId
               from entity in manifest.Entities
               where entity.Identity?.Kind == identity.Kind && apps.Includes(manifest.AppId, entity.Name)
               select new EntityTable(manifest.AppId, entity),
        ];

    /// <summary>What a statement has to read of each row besides, so that it can be linked: SQL, or nothing.</summary>
    internal static string KeyOf(EntityTable table, IReadOnlyList<EntityTable> others) => others.Count > 0 ? $", {AsText(KeyField(table.Entity)!)}" : ""; // else none were found

    /// <summary>Hands the rows of a reader on, with what belongs to them; returns how many there were.</summary>
    internal async Task<long> JoinAsync(
        IReadOnlyList<EntityTable> others, DbDataReader reader, Func<byte[], CancellationToken, ValueTask> write, CancellationToken cancellationToken)
    {
        var count = 0L;
        if (others.Count == 0)
        {
            for (; await reader.ReadAsync(cancellationToken); count++)
            {
                await write(reader.GetFieldValue<byte[]>(0), cancellationToken);
            }

            return count;
        }

        await _turns.WaitAsync(cancellationToken);
        try
        {
            var chunk = new List<(byte[] Row, string? Key)>();
            var bytes = 0L;
            for (; await reader.ReadAsync(cancellationToken); count++)
            {
                var row = reader.GetFieldValue<byte[]>(0);
                chunk.Add((row, await reader.IsDBNullAsync(1, cancellationToken) ? null : reader.GetString(1)));
                bytes += row.Length;
                if (chunk.Count == Chunk || bytes > ChunkBytes)
                {
                    await WriteAsync(chunk, others, write, cancellationToken);
                    chunk.Clear();
                    bytes = 0;
                }
            }

            await WriteAsync(chunk, others, write, cancellationToken);
            return count;
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _turns.Dispose();

    /// <summary>A row with one more member, whose value is JSON already.</summary>
    internal static byte[] With(byte[] row, string name, string json) => [.. row.AsSpan(0, row.Length - 1), .. Encoding.UTF8.GetBytes($",\"{name}\":{json}}}")];

    private static Field? KeyField(Entity entity) => entity.Identity is { } identity ? entity.Find(identity.Key) : null;

    // A text needs no cast, so that its index is used.
    private static string AsText(Field key) => key.Type == FieldType.Text ? EntityTable.Column(key) : $"{EntityTable.Column(key)}::text";

    private async Task WriteAsync(
        List<(byte[] Row, string? Key)> chunk, IReadOnlyList<EntityTable> others, Func<byte[], CancellationToken, ValueTask> write, CancellationToken cancellationToken)
    {
        if (chunk.Count == 0)
        {
            return;
        }

        var found = await FindAsync([.. chunk.Select(row => row.Key).OfType<string>().Distinct()], others, cancellationToken);
        foreach (var (row, key) in chunk)
        {
            var linked = key is null ? [] : found[key].DistinctBy(record => record.Table.AppId).ToList();
            await write(linked.Count == 0 ? row : With(row, "_linked", $"{{{string.Join(',', linked.Select(Member))}}}"), cancellationToken);
        }

        static string Member(LinkedRecord record) =>
            $"\"{record.Table.AppId}\":{{\"entity\":\"{record.Table.Entity.Name}\",\"recordId\":{JsonSerializer.Serialize(record.Id, CursorJson.Default.String)},\"data\":{record.Row}}}";
    }

    private async Task<ILookup<string, LinkedRecord>> FindAsync(string[] keys, IReadOnlyList<EntityTable> others, CancellationToken cancellationToken)
    {
        var sql = new SqlBuilder();
        var wanted = sql.AddMany(FieldType.Text, keys);
        var selects = others.Select((other, index) =>
        {
            var key = AsText(KeyField(other.Entity)!); // that is why it is one of them
            return $"select place, key, id, row from (select distinct on ({key}) {index} as place, {key} as key, t.id::text as id, {EntityTable.Row} as row from {other.Sql} t where {key} = any ({wanted}) order by {key}, t.created_at, t.id) o{index}";
        });
        sql.Append($"{string.Join(" union all ", selects)} order by place");
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var command = sql.ToCommand(connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var records = new List<LinkedRecord>();
        while (await reader.ReadAsync(cancellationToken))
        {
            records.Add(new LinkedRecord(others[reader.GetInt32(0)], reader.GetString(1), reader.GetString(2), reader.GetString(3)));
        }

        return records.ToLookup(record => record.Key);
    }

    private sealed record LinkedRecord(EntityTable Table, string Key, string Id, string Row);
}
