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
public sealed class LinkedRows(NpgsqlDataSource database, AppManifests manifests)
{
    // Rows that are looked for together.
    private const int Chunk = 200;

    /// <summary>What a statement has to read of each row besides, so that it can be linked: SQL, or nothing.</summary>
    internal static string KeyOf(EntityTable table, LinkedApps apps) =>
        apps.Any && KeyField(table.Entity) is { } key ? $", {AsText(key)}" : "";

    /// <summary>Hands the rows of a reader on, with what belongs to them; returns how many there were.</summary>
    internal async Task<long> JoinAsync(
        EntityTable table, LinkedApps apps, DbDataReader reader, Func<byte[], CancellationToken, ValueTask> write, CancellationToken cancellationToken)
    {
        var others = apps.Any && table.Entity.Identity is { } identity ? await OthersAsync(table.AppId, identity.Kind, apps, cancellationToken) : [];
        var count = 0L;
        var chunk = new List<(byte[] Row, string? Key)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            count++;
            var row = reader.GetFieldValue<byte[]>(0);
            if (others.Count == 0)
            {
                await write(row, cancellationToken);
                continue;
            }

            chunk.Add((row, await reader.IsDBNullAsync(1, cancellationToken) ? null : reader.GetString(1)));
            if (chunk.Count == Chunk)
            {
                await WriteAsync(chunk, others, write, cancellationToken);
                chunk.Clear();
            }
        }

        if (chunk.Count > 0)
        {
            await WriteAsync(chunk, others, write, cancellationToken);
        }

        return count;
    }

    /// <summary>A row with one more member, whose value is JSON already.</summary>
    internal static byte[] With(byte[] row, string name, string json) => [.. row.AsSpan(0, row.Length - 1), .. Encoding.UTF8.GetBytes($",\"{name}\":{json}}}")];

    private static Field? KeyField(Entity entity) => entity.Identity is { } identity ? entity.Find(identity.Key) : null;

    // A text needs no cast, so that its index is used.
    private static string AsText(Field key) => key.Type == FieldType.Text ? EntityTable.Column(key) : $"{EntityTable.Column(key)}::text";

    private async Task<List<EntityTable>> OthersAsync(string appId, string kind, LinkedApps apps, CancellationToken cancellationToken) =>
    [
        .. from manifest in await manifests.OfKindAsync(kind, cancellationToken)
           where manifest.AppId != appId
           from entity in manifest.Entities
           where entity.Identity?.Kind == kind && apps.Includes(manifest.AppId, entity.Name)
           select new EntityTable(manifest.AppId, entity),
    ];

    private async Task WriteAsync(
        List<(byte[] Row, string? Key)> chunk, List<EntityTable> others, Func<byte[], CancellationToken, ValueTask> write, CancellationToken cancellationToken)
    {
        var found = await FindAsync([.. chunk.Select(row => row.Key).OfType<string>().Distinct()], others, cancellationToken);
        foreach (var (row, key) in chunk)
        {
            var linked = key is null ? [] : found[key].DistinctBy(record => record.Table.AppId).ToList();
            await write(linked.Count == 0 ? row : With(row, "_linked", $"{{{string.Join(',', linked.Select(Member))}}}"), cancellationToken);
        }

        static string Member(LinkedRecord record) =>
            $"\"{record.Table.AppId}\":{{\"entity\":\"{record.Table.Entity.Name}\",\"recordId\":{JsonSerializer.Serialize(record.Id, CursorJson.Default.String)},\"data\":{record.Row}}}";
    }

    private async Task<ILookup<string, LinkedRecord>> FindAsync(string[] keys, List<EntityTable> others, CancellationToken cancellationToken)
    {
        var sql = new SqlBuilder();
        var wanted = sql.AddMany(FieldType.Text, keys);
        var selects = others.Select((other, index) =>
        {
            var key = AsText(KeyField(other.Entity)!); // that is why it is one of them
            return $"select {index} as place, {key} as key, t.id::text as id, {EntityTable.Row} as row, t.created_at from {other.Sql} t where {key} = any ({wanted})";
        });
        sql.Append($"{string.Join(" union all ", selects)} order by place, created_at, id");
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
