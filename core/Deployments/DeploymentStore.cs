using System.Globalization;
using Dapper;
using Npgsql;
using RootCx.Core.Audit;
using RootCx.Core.Doorbells;
using RootCx.Core.Errors;
using RootCx.Core.Workers;

namespace RootCx.Core.Deployments;

/// <summary>The deployments table as the API uses it: versions are added, and asked for again.</summary>
public sealed class DeploymentStore(NpgsqlDataSource database, DeploymentArchives archives, Doorbell doorbell)
{
    /// <summary>
    /// Of those who add versions of an app, make one the live one, or take any away, one comes after the other, until the end of the transaction.
    /// </summary>
    internal static Task LockAsync(NpgsqlConnection connection, string appId, CancellationToken cancellationToken) => connection.ExecuteAsync(new CommandDefinition(
        "select pg_advisory_xact_lock(hashtextextended('rootcx_system.deployments.' || @appId, 0))", new { appId }, cancellationToken: cancellationToken));

    /// <summary>Adds the next version of the app, pending; the app gets a place in the leases if it has none. Null if the archive is not there any more.</summary>
    public async Task<Deployment?> AddAsync(string appId, StoredArchive archive, Actor actor, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await LockAsync(connection, appId, cancellationToken);
        if (!await archives.ExistsAsync(archive.Name, cancellationToken))
        {
            return null;
        }

        await WorkerStore.AddAsync(connection, appId, cancellationToken);
        var row = await connection.QuerySingleAsync<DeploymentRow>(new CommandDefinition(
            $"""
            with d as (
              insert into deployments (app_id, version, archive, sha256, size, created_by)
              select @appId, coalesce(max(version), 0) + 1, @Name, @Sha256, @Size, @createdBy from deployments where app_id = @appId
              returning *
            )
            select {DeploymentRow.Columns} from d
            """,
            new { appId, archive.Name, archive.Sha256, archive.Size, createdBy = actor.UserId },
            cancellationToken: cancellationToken));
        await QueueAsync(connection, row, actor, AuditActions.AppDeployed, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        doorbell.Ring(Topics.Deployments, appId);
        return row.ToDeployment();
    }

    /// <summary>
    /// Asks for a version that was live before to be so again; it gets a place behind those that wait already. One that is live, or has been asked for and waits, is left as
    /// it is.
    /// </summary>
    /// <exception cref="RefusedException">There is no such version (404); it was never live, or it is and another one is under way (409).</exception>
    public async Task<Deployment> ActivateAsync(string appId, int version, Actor actor, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await LockAsync(connection, appId, cancellationToken);
        var waiting = (await connection.QueryAsync<DeploymentRow>(new CommandDefinition(
            $"select {DeploymentRow.Columns} from deployments d where app_id = @appId and (version = @version or state in ('pending', 'installing', 'starting')) order by turn",
            new { appId, version }, cancellationToken: cancellationToken))).Select(row => row.ToDeployment()).ToList();
        var wanted = waiting.Find(deployment => deployment.Version == version) ?? throw Unknown(appId, version);
        if (!wanted.WasLive)
        {
            throw new RefusedException(Refusal.Conflict, wanted.State == DeploymentState.Failed
                ? $"version {version} of app '{appId}' failed and can't be activated: {wanted.Error}"
                : $"version {version} of app '{appId}' is being deployed");
        }

        if (waiting.Find(deployment => !deployment.Ended && deployment.Version != version) is { } other && wanted.State == DeploymentState.Live)
        {
            throw new RefusedException(Refusal.Conflict, $"version {version} of app '{appId}' is live, but version {other.Version} is about to be: try again when that has ended");
        }

        if (wanted.State != DeploymentState.Superseded)
        {
            return wanted;
        }

        var row = await connection.QuerySingleAsync<DeploymentRow>(new CommandDefinition(
            $"""
            update deployments d set state = 'pending', turn = nextval('deployment_turns'), error = null, failure = null
            where app_id = @appId and version = @version
            returning {DeploymentRow.Columns}
            """,
            new { appId, version }, cancellationToken: cancellationToken));
        await QueueAsync(connection, row, actor, AuditActions.VersionActivated, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        doorbell.Ring(Topics.Deployments, appId);
        return row.ToDeployment();
    }

    /// <summary>One version, or null.</summary>
    public async Task<Deployment?> FindAsync(string appId, int version, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<DeploymentRow>(new CommandDefinition(
            $"select {DeploymentRow.Columns} from deployments d where app_id = @appId and version = @version", new { appId, version }, cancellationToken: cancellationToken));
        return row?.ToDeployment();
    }

    /// <summary>What the version's packages came to, as <c>bun.lock</c> has it; null if that was not kept.</summary>
    public async Task<string?> LockFileAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<string?>(new CommandDefinition("select lock_file from deployments where id = @id", new { id }, cancellationToken: cancellationToken));
    }

    /// <summary>Keeps what the version's packages came to, unless somebody has done so before.</summary>
    public async Task KeepLockFileAsync(Guid id, string text, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "update deployments set lock_file = @text where id = @id and lock_file is null", new { id, text }, cancellationToken: cancellationToken));
    }

    /// <summary>The error for a version that is not there.</summary>
    public static RefusedException Unknown(string appId, int version) => new(Refusal.NotFound, $"version {version} of app '{appId}' not found");

    private static async Task QueueAsync(NpgsqlConnection connection, DeploymentRow row, Actor actor, string action, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync(new CommandDefinition(
            "insert into deployment_events (app_id, version, step) values (@AppId, @Version, 'received')", new { row.AppId, row.Version }, cancellationToken: cancellationToken));
        await AuditTrail.RecordAsync(
            connection, actor, action, row.Version.ToString(CultureInfo.InvariantCulture), row.AppId, cancellationToken: cancellationToken);
    }
}
