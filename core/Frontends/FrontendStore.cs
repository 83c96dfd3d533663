using System.Globalization;
using Dapper;
using Npgsql;
using RootCx.Core.Audit;
using RootCx.Core.Auth;
using RootCx.Core.Deployments;
using RootCx.Core.Doorbells;
using RootCx.Core.Workers;

namespace RootCx.Core.Frontends;

/// <summary>The front ends that there are, and the versions that they belong to.</summary>
public sealed class FrontendStore(NpgsqlDataSource database, DeploymentArchives archives, Doorbell doorbell)
{
    /// <summary>
    /// Makes a bundle the front end of the app's live version. Without one it becomes a version of its own, which is live at once and makes the app known.
    /// </summary>
    /// <returns>False if the archive is not there any more; then nothing changed.</returns>
    public async Task<bool> AttachAsync(string appId, string bundle, StoredArchive archive, Actor actor, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await DeploymentStore.LockAsync(connection, appId, cancellationToken);
        if (!await archives.ExistsAsync(archive.Name, cancellationToken))
        {
            return false;
        }

        // The app before its place among the workers, as whoever installs it does, or the two would wait for each other.
        var parameters = new { appId, bundle, archive.Name, archive.Sha256, archive.Size, createdBy = actor.UserId };
        await connection.ExecuteAsync(new CommandDefinition(
            "insert into apps (id, created_by) values (@appId, @createdBy) on conflict (id) do nothing", parameters, cancellationToken: cancellationToken));
        await WorkerStore.AddAsync(connection, appId, cancellationToken);
        var version = await connection.QuerySingleOrDefaultAsync<int?>(new CommandDefinition(
            """
            with added as (
              insert into frontends (app_id, archive, sha256, size, bundle, created_by) values (@appId, @Name, @Sha256, @Size, @bundle, @createdBy)
              returning id
            )
            update deployments set frontend_id = added.id from added where app_id = @appId and state = 'live'
            returning version
            """,
            parameters, cancellationToken: cancellationToken))
            ?? await AddVersionAsync(connection, parameters, cancellationToken);
        await PermissionCatalogue.AddAppAsync(connection, appId);
        await AuditTrail.RecordAsync(
            connection, actor, AuditActions.AppFrontendDeployed, version.ToString(CultureInfo.InvariantCulture), appId, cancellationToken: cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        doorbell.Ring(Topics.Deployments, appId);
        return true;
    }

    /// <summary>Whether a bundle is somebody's front end.</summary>
    public async Task<bool> HasAsync(string bundle, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select exists (select from frontends where bundle = @bundle)", new { bundle }, cancellationToken: cancellationToken));
    }

    /// <summary>The bundle of the app's live version; null if that has no front end.</summary>
    public async Task<string?> FindLiveAsync(string appId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<string?>(new CommandDefinition(
            "select f.bundle from deployments d join frontends f on f.id = d.frontend_id where d.app_id = @appId and d.state = 'live'",
            new { appId }, cancellationToken: cancellationToken));
    }

    private static Task<int> AddVersionAsync(NpgsqlConnection connection, object parameters, CancellationToken cancellationToken) =>
        connection.QuerySingleAsync<int>(new CommandDefinition(
            """
            with added as (
              insert into deployments (app_id, version, state, archive, sha256, size, created_by, live_at, finished_at, has_code, frontend_id)
              select @appId,
                     (select coalesce(max(version), 0) + 1 from deployments where app_id = @appId),
                     'live', archive, sha256, size, created_by, now(), now(), false, id
              from frontends where bundle = @bundle
              returning app_id, version
            ), told as (
              insert into deployment_events (app_id, version, step) select app_id, version, step from added, unnest(array['received', 'live']) as step
            )
            select version from added;
            """,
            parameters, cancellationToken: cancellationToken));
}
