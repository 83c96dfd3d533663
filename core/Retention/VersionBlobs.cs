using Dapper;
using Microsoft.Extensions.Logging;
using Npgsql;
using RootCx.Core.Deployments;
using RootCx.Core.Frontends;
using RootCx.Core.Storage;

namespace RootCx.Core.Retention;

/// <summary>Deletes from storage what no version has any more. What can't be deleted is told in the log, and is found by <see cref="OrphanSweeper"/> later.</summary>
public sealed partial class VersionBlobs(NpgsqlDataSource database, DeploymentArchives archives, AppIcons icons, FrontendBundles bundles, ILogger<VersionBlobs> logger)
{
    /// <summary>Deletes what an app's versions leave that were deleted from the database.</summary>
    public async Task DeleteAsync(string appId, VersionLeftovers leftovers, CancellationToken cancellationToken)
    {
        await DeleteArchivesAsync(appId, leftovers.Archives, cancellationToken);
        foreach (var icon in leftovers.Icons)
        {
            await TryAsync(appId, "icon", () => icons.DeleteAsync(appId, icon, cancellationToken));
        }

        foreach (var bundle in leftovers.Bundles)
        {
            await TryAsync(appId, bundle, () => bundles.DeleteAsync(bundle, cancellationToken));
        }
    }

    /// <summary>Deletes those archives of an app that no version has.</summary>
    public async Task DeleteArchivesAsync(string appId, IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        if (names.Count == 0)
        {
            return;
        }

        // With the lock, so that nobody adds a version with one of them meanwhile.
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await DeploymentStore.LockAsync(connection, appId, cancellationToken);
        var unused = await connection.QueryAsync<string>(new CommandDefinition(
            $"select distinct name from unnest(@names) as names (name) where {OrphanSweeper.UnusedArchive}", new { names = names.ToArray() }, cancellationToken: cancellationToken));
        foreach (var name in unused)
        {
            await TryAsync(appId, name, () => archives.DeleteAsync(name, cancellationToken));
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private async Task TryAsync(string appId, string name, Func<Task> delete)
    {
        try
        {
            await delete();
        }
        catch (Exception exception) when (exception.IsStorageFault())
        {
            Log.BlobLeft(logger, exception, name, appId);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1602, LogLevel.Warning, "The blob {Name} of {AppId}, which nothing refers to any more, could not be deleted; it is tried again later")]
        public static partial void BlobLeft(ILogger logger, Exception exception, string name, string appId);
    }
}
