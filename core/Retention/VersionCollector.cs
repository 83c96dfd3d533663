using Dapper;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Deployments;
using RootCx.Core.Doorbells;
using RootCx.Core.Storage;

namespace RootCx.Core.Retention;

/// <summary>
/// Deletes the versions that are older than the last <see cref="DeploymentOptions.KeptVersions"/> of their app, those that failed counted apart, so that a day of failures does not cost
/// what one could go back to; and pages that no version has any more. Never one that is live or on its way.
/// </summary>
public sealed partial class VersionCollector(
    NpgsqlDataSource database, VersionBlobs blobs, Doorbell doorbell, IOptions<DeploymentOptions> options, ILogger<VersionCollector> logger)
{
    /// <summary>Looks at all apps; what one of them makes impossible does not keep the others from it.</summary>
    public async Task CollectAsync(CancellationToken cancellationToken)
    {
        foreach (var appId in await AppsAsync(cancellationToken))
        {
            try
            {
                await CollectAsync(appId, cancellationToken);
            }
            catch (Exception exception) when (exception is NpgsqlException || exception.IsStorageFault())
            {
                Log.NotCollected(logger, exception, appId);
            }
        }
    }

    /// <summary>Looks at one app.</summary>
    public async Task CollectAsync(string appId, CancellationToken cancellationToken)
    {
        await blobs.DeleteAsync(appId, await DeleteOldAsync(appId, cancellationToken), cancellationToken);
        doorbell.Ring(Topics.Deployments, appId);
    }

    /// <summary>Deletes all versions of an app, in the caller's transaction, which has the lock of its deployments.</summary>
    internal static Task<VersionLeftovers> DeleteAllAsync(NpgsqlConnection connection, string appId, CancellationToken cancellationToken) =>
        DeleteAsync(connection, appId, "true", kept: 0, cancellationToken);

    private async Task<IReadOnlyList<string>> AppsAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<string>(new CommandDefinition(
            """
            select app_id from (
              select app_id, state, row_number() over (partition by app_id, state = 'failed' order by version desc) as place from deployments
            ) as ranked
            where place > @KeptVersions and state in ('superseded', 'failed')
            union
            select app_id from frontends where not exists (select from deployments where frontend_id = frontends.id)
            """,
            new { options.Value.KeptVersions }, cancellationToken: cancellationToken))).AsList();
    }

    private async Task<VersionLeftovers> DeleteOldAsync(string appId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await DeploymentStore.LockAsync(connection, appId, cancellationToken);
        var leftovers = await DeleteAsync(connection, appId, "place > @kept and state in ('superseded', 'failed')", options.Value.KeptVersions, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return leftovers;
    }

    private static async Task<VersionLeftovers> DeleteAsync(
        NpgsqlConnection connection, string appId, string which, int kept, CancellationToken cancellationToken)
    {
        var versions = (await connection.QueryAsync<(string Archive, Guid? Icon)>(new CommandDefinition(
            $"""
            delete from deployments
            using (select version as number, row_number() over (partition by state = 'failed' order by version desc) as place from deployments where app_id = @appId) as ranked
            where app_id = @appId and version = number and {which}
            returning archive, icon
            """,
            new { appId, kept }, cancellationToken: cancellationToken))).AsList();
        var pages = (await connection.QueryAsync<(string Archive, string Bundle)>(new CommandDefinition(
            """
            delete from frontends where app_id = @appId and not exists (select from deployments where frontend_id = frontends.id)
            returning archive, bundle
            """,
            new { appId }, cancellationToken: cancellationToken))).AsList();
        return new VersionLeftovers(
            [.. versions.Select(version => version.Archive), .. pages.Select(set => set.Archive)],
            [.. versions.Select(version => version.Icon).OfType<Guid>()],
            [.. pages.Select(set => set.Bundle)]);
    }

    private static partial class Log
    {
        [LoggerMessage(1603, LogLevel.Warning, "Old versions of {AppId} could not be deleted; it is tried again later")]
        public static partial void NotCollected(ILogger logger, Exception exception, string appId);
    }
}
