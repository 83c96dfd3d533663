using Dapper;
using Npgsql;
using RootCx.Core.Auth;
using RootCx.Core.Doorbells;

namespace RootCx.Core.Deployments;

/// <summary>The deployments table as the supervisor uses it that holds the app: what is to be carried out, and what became of it, under its lease's fence.</summary>
public sealed class DeploymentProgress(NpgsqlDataSource database, Doorbell doorbell)
{
    private const string UnfinishedUnderFence =
        """
        from workers w
        where d.app_id = @appId and d.version = @version and d.state in ('pending', 'installing', 'starting')
          and w.app_id = d.app_id and w.fence = @fence
        """;

    /// <summary>
    /// What <paramref name="supervisorId"/> has to carry out, in the order in which it was asked for: the unfinished deployments of the apps it holds, those
    /// included that an earlier holder had begun.
    /// </summary>
    public async Task<IReadOnlyList<Deployment>> UnfinishedAsync(string supervisorId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<DeploymentRow>(new CommandDefinition(
            $"""
            select {DeploymentRow.Columns} from deployments d join workers using (app_id)
            where state in ('pending', 'installing', 'starting') and supervisor_id = @supervisorId and lease_until > now()
            order by app_id, turn
            """,
            new { supervisorId }, cancellationToken: cancellationToken));
        return [.. rows.Select(row => row.ToDeployment())];
    }

    /// <summary>Records that the archive was unpacked and packages are being installed; see <see cref="MoveAsync"/>.</summary>
    public Task<bool> InstallingAsync(Deployment deployment, long fence, CancellationToken cancellationToken) =>
        MoveAsync(deployment, DeploymentState.Installing, [DeploymentStep.Unpacked, DeploymentStep.Installing], icon: null, iconType: null, fence, cancellationToken);

    /// <summary>Records that the worker is coming up; see <see cref="MoveAsync"/>.</summary>
    /// <param name="deployment">The version.</param>
    /// <param name="icon">The app's icon in this version, if that is known now and there is one.</param>
    /// <param name="iconType">Its content type.</param>
    /// <param name="fence">Of the lease.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<bool> StartingAsync(Deployment deployment, Guid? icon, string? iconType, long fence, CancellationToken cancellationToken) =>
        MoveAsync(deployment, DeploymentState.Starting, [DeploymentStep.Starting], icon, iconType, fence, cancellationToken);

    /// <summary>
    /// Makes the version the live one, with its icon and its pages, and the app known, in one step. A version that is live for the first time takes the pages over from the one
    /// before. False when the lease under <paramref name="fence"/> has passed to another supervisor: then nothing changed.
    /// </summary>
    /// <param name="deployment">The version.</param>
    /// <param name="entryPoint">What its worker was started with; null for one without code.</param>
    /// <param name="fence">Of the lease.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<bool> GoLiveAsync(Deployment deployment, string? entryPoint, long fence, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await DeploymentStore.LockAsync(connection, deployment.AppId, cancellationToken);
        var parameters = new { appId = deployment.AppId, version = deployment.Version, entryPoint, fence };
        if (await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select exists (select from deployments where app_id = @appId and version = @version and state = 'live')", parameters, cancellationToken: cancellationToken)))
        {
            return true; // the answer of the first time was lost
        }

        var held = await connection.ExecuteAsync(new CommandDefinition(
            """
            update workers
            set live_version = case when @entryPoint is null then null else @version end,
                -- a start or stop that waits for this to end still counts
                desired = case when @entryPoint is null then 'stopped' when command > observed_command then desired else 'running' end,
                status = case when @entryPoint is null then status else 'running' end,
                error = null, updated_at = now()
            where app_id = @appId and fence = @fence
            """,
            parameters,
            cancellationToken: cancellationToken));
        if (held == 0)
        {
            return false;
        }

        await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into apps (id, created_by)
            select app_id, created_by from deployments where app_id = @appId and version = @version
            on conflict (id) do nothing;

            update deployments set frontend_id = (select frontend_id from deployments where app_id = @appId and state = 'live')
            where app_id = @appId and version = @version and live_at is null;

            update deployments set state = 'superseded' where app_id = @appId and state = 'live';

            update deployments
            set state = 'live', entry_point = @entryPoint, finished_at = now(), live_at = coalesce(live_at, now()), error = null, failure = null
            where app_id = @appId and version = @version;

            update apps set icon = d.icon, icon_type = d.icon_type
            from deployments d where apps.id = @appId and d.app_id = @appId and d.version = @version;

            insert into deployment_events (app_id, version, step) values (@appId, @version, 'live');
            """,
            parameters,
            cancellationToken: cancellationToken));
        await PermissionCatalogue.AddAppAsync(connection, deployment.AppId);
        await transaction.CommitAsync(cancellationToken);
        doorbell.Ring(Topics.Deployments, deployment.AppId);
        doorbell.Ring(Topics.Workers, deployment.AppId);
        return true;
    }

    /// <summary>
    /// Ends the version without it serving: for good if it never did, else it may be asked for again. Nothing changes when it has ended already, or the lease
    /// under <paramref name="fence"/> has passed on.
    /// </summary>
    public async Task FailAsync(Deployment deployment, DeploymentFailure failure, string error, long fence, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            $"""
            with ended as (
              update deployments d
              set state = case when d.live_at is null then 'failed' else 'superseded' end, failure = @failure, error = @error, finished_at = now()
              {UnfinishedUnderFence}
              returning d.app_id, d.version
            )
            insert into deployment_events (app_id, version, step, error) select app_id, version, 'failed', @error from ended
            """,
            new { appId = deployment.AppId, version = deployment.Version, failure = failure.Name(), error = error.Replace('\0', '?'), fence },
            cancellationToken: cancellationToken));
        doorbell.Ring(Topics.Deployments, deployment.AppId);
    }

    // False when the lease has passed to another holder: then nothing changed.
    private async Task<bool> MoveAsync(
        Deployment deployment, DeploymentState state, DeploymentStep[] steps, Guid? icon, string? iconType, long fence, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var recorded = await connection.ExecuteAsync(new CommandDefinition(
            $"""
            with moved as (
              update deployments d set state = @state, icon = coalesce(@icon, d.icon), icon_type = coalesce(@iconType, d.icon_type)
              {UnfinishedUnderFence}
              returning d.app_id, d.version
            )
            insert into deployment_events (app_id, version, step)
            select app_id, version, step from moved, unnest(@steps) with ordinality as taken (step, place) order by place
            """,
            new
            {
                appId = deployment.AppId,
                version = deployment.Version,
                state = state.Name(),
                icon,
                iconType,
                steps = steps.Select(step => step.Name()).ToArray(),
                fence,
            },
            cancellationToken: cancellationToken));
        doorbell.Ring(Topics.Deployments, deployment.AppId);
        return recorded > 0;
    }
}
