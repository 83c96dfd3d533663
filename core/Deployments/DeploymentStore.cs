using System.Globalization;
using Dapper;
using Npgsql;
using RootCx.Core.Audit;
using RootCx.Core.Auth;
using RootCx.Core.Doorbells;
using RootCx.Core.Workers;

namespace RootCx.Core.Deployments;

/// <summary>The deployments table: what the API adds, and what the supervisor that holds the app makes of it.</summary>
public sealed class DeploymentStore(NpgsqlDataSource database, DeploymentArchives archives, Doorbell doorbell)
{
    private const string UnfinishedUnderFence =
        """
        from workers w
        where d.app_id = @appId and d.version = @version and d.state in ('pending', 'installing', 'starting')
          and w.app_id = d.app_id and w.fence = @fence
        """;

    private const string Columns = "d.app_id, d.version, d.state, d.archive, d.error, d.failure";

    /// <summary>Adds the next version of the app, pending; the app gets a place in the leases if it has none. Null if the archive is not there any more.</summary>
    public async Task<Deployment?> AddAsync(string appId, StoredArchive archive, Actor actor, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var parameters = new { appId, archive.Name, archive.Sha256, archive.Size, createdBy = actor.UserId };
        await LockAsync(connection, appId, cancellationToken);
        if (!await archives.ExistsAsync(archive.Name, cancellationToken))
        {
            return null;
        }

        await WorkerStore.AddAsync(connection, appId, cancellationToken);
        var row = await connection.QuerySingleAsync<Row>(
            $"""
            insert into deployments as d (app_id, version, archive, sha256, size, created_by)
            select @appId, coalesce(max(version), 0) + 1, @Name, @Sha256, @Size, @createdBy from deployments where app_id = @appId
            returning {Columns};
            """,
            parameters,
            transaction);
        await AuditTrail.RecordAsync(
            connection, actor, AuditActions.AppDeployed, row.Version.ToString(CultureInfo.InvariantCulture), appId, cancellationToken: cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        doorbell.Ring(Topics.Deployments, appId);
        return row.ToDeployment();
    }

    /// <summary>Of those who add versions of an app, or take it away, one comes after the other, until the end of the transaction.</summary>
    internal static Task LockAsync(NpgsqlConnection connection, string appId, CancellationToken cancellationToken) => connection.ExecuteAsync(new CommandDefinition(
        "select pg_advisory_xact_lock(hashtextextended('rootcx_system.deployments.' || @appId, 0))", new { appId }, cancellationToken: cancellationToken));

    /// <summary>One version, or null.</summary>
    public async Task<Deployment?> FindAsync(string appId, int version, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(
            $"select {Columns} from deployments d where app_id = @appId and version = @version", new { appId, version });
        return row?.ToDeployment();
    }

    /// <summary>
    /// What <paramref name="supervisorId"/> has to carry out, in order: the unfinished deployments of the apps it holds, those included that an
    /// earlier holder had begun.
    /// </summary>
    public async Task<IReadOnlyList<Deployment>> UnfinishedAsync(string supervisorId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(
            $"""
            select {Columns} from deployments d join workers using (app_id)
            where state in ('pending', 'installing', 'starting') and supervisor_id = @supervisorId and lease_until > now()
            order by app_id, version
            """,
            new { supervisorId });
        return [.. rows.Select(row => row.ToDeployment())];
    }

    /// <summary>Records progress; false when the lease under <paramref name="fence"/> has passed to another holder: then nothing changed.</summary>
    public async Task<bool> ProgressAsync(string appId, int version, DeploymentState state, long fence, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var held = await connection.ExecuteAsync(
            $"update deployments d set state = @state {UnfinishedUnderFence}", new { appId, version, state = Name(state), fence });
        doorbell.Ring(Topics.Deployments, appId);
        return held == 1;
    }

    /// <summary>
    /// Makes the version the live one, and the app known, in one step. False when the lease under <paramref name="fence"/> has passed to another
    /// supervisor: then nothing changed.
    /// </summary>
    public async Task<bool> GoLiveAsync(string appId, int version, string entryPoint, long fence, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var parameters = new { appId, version, entryPoint, fence };
        var held = await connection.ExecuteAsync(
            """
            update workers
            set live_version = @version,
                -- a start or stop that waits for this to end still counts
                desired = case when command > observed_command then desired else 'running' end,
                status = 'running', error = null, updated_at = now()
            where app_id = @appId and fence = @fence
            """,
            parameters,
            transaction);
        if (held == 0)
        {
            return false;
        }

        await connection.ExecuteAsync(
            """
            insert into apps (id, created_by)
            select app_id, created_by from deployments where app_id = @appId and version = @version
            on conflict (id) do nothing;

            update deployments set state = 'superseded' where app_id = @appId and state = 'live';

            update deployments set state = 'live', entry_point = @entryPoint, finished_at = now()
            where app_id = @appId and version = @version;
            """,
            parameters,
            transaction);
        await PermissionCatalogue.AddAppAsync(connection, appId);
        await transaction.CommitAsync(cancellationToken);
        doorbell.Ring(Topics.Deployments, appId);
        doorbell.Ring(Topics.Workers, appId);
        return true;
    }

    /// <summary>
    /// Ends the version without it ever having served. Nothing changes when it has ended already, or the lease under <paramref name="fence"/> has passed on.
    /// </summary>
    public async Task FailAsync(string appId, int version, DeploymentFailure failure, string error, long fence, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(
            $"update deployments d set state = 'failed', failure = @failure, error = @error, finished_at = now() {UnfinishedUnderFence}",
            new { appId, version, failure = Name(failure), error = error.Replace('\0', '?'), fence });
        doorbell.Ring(Topics.Deployments, appId);
    }

    private static string Name<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private sealed class Row
    {
        public string AppId { get; init; } = "";

        public int Version { get; init; }

        public string State { get; init; } = "";

        public string Archive { get; init; } = "";

        public string? Error { get; init; }

        public string? Failure { get; init; }

        public Deployment ToDeployment() => new(
            AppId,
            Version,
            Enum.Parse<DeploymentState>(State, ignoreCase: true),
            Archive,
            Error,
            Failure is null ? null : Enum.Parse<DeploymentFailure>(Failure, ignoreCase: true));
    }
}
