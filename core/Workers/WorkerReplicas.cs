using Dapper;
using Npgsql;
using RootCx.Core.Audit;
using RootCx.Core.Doorbells;

namespace RootCx.Core.Workers;

/// <summary>
/// Which supervisors run an app beside the one that holds it, for its calls only: jobs, deployments and the app's status stay with the holder. A replica counts as long as its
/// supervisor shows itself.
/// </summary>
public sealed class WorkerReplicas(NpgsqlDataSource database, Doorbell doorbell)
{
    /// <summary>So many supervisors run one app at most.</summary>
    public const int Most = 16;

    /// <summary>Asks for <paramref name="count"/> workers on as many supervisors, as far as there are so many; false if no such app was ever deployed or installed.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="appId">The app.</param>
    /// <param name="count">From 1 to <see cref="Most"/>; the holder's worker is one of them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<bool> ScaleAsync(Actor actor, string appId, int count, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var scaled = await connection.ExecuteAsync(new CommandDefinition(
            "update workers w set replicas = @count, updated_at = now() from apps where apps.id = w.app_id and w.app_id = @appId",
            new { appId, count },
            cancellationToken: cancellationToken)) == 1;
        if (scaled)
        {
            await AuditTrail.RecordAsync(
                connection, actor, AuditActions.WorkerScaled, appId: appId, detail: new() { ["replicas"] = count }, cancellationToken: cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        doorbell.Ring(Topics.Workers, appId);
        return scaled;
    }

    /// <summary>
    /// Gives <paramref name="supervisorId"/> replicas that are wanted and run nowhere, as far as it has room, and takes from it those that are not wanted any more, or whose app it
    /// holds by now. Returns what it is to run.
    /// </summary>
    /// <param name="supervisorId">The supervisor.</param>
    /// <param name="isDraining">It gives its apps away: it runs none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyDictionary<string, WorkerReplica>> RenewAsync(string supervisorId, bool isDraining, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var replicas = await connection.QueryAsync<WorkerReplica>(new CommandDefinition(
            $"""
            delete from worker_replicas r using workers w
            where r.supervisor_id = @supervisorId and w.app_id = r.app_id
              and (@isDraining or not ({Runs}) or (w.supervisor_id = @supervisorId and w.lease_until > now())
                   or (select count(*) from {Others}) >= w.replicas - 1);

            -- of several that come at once each locks the app, so that no more come than are wanted
            insert into worker_replicas (app_id, supervisor_id)
            select w.app_id, @supervisorId from (
              select w.* from workers w
              where not @isDraining and w.replicas > 1 and {Runs} and w.supervisor_id <> @supervisorId and w.lease_until > now()
                and not exists (select from worker_replicas own where own.app_id = w.app_id and own.supervisor_id = @supervisorId)
                and (select count(*) from {Living}) < w.replicas - 1
              order by w.app_id
              limit (select greatest(0, capacity
                - (select count(*) from workers held where held.supervisor_id = s.id and held.lease_until > now() and held.desired = 'running')
                - (select count(*) from worker_replicas held where held.supervisor_id = s.id)) from supervisors s where s.id = @supervisorId)
              for update of w skip locked
            ) w
            on conflict do nothing;

            select w.app_id as AppId, w.live_version as Version, w.command as Command,
              (select coalesce(sum(revision), 0)::bigint from secret_scopes where scope in (w.app_id, '_platform')) as SecretsRevision
            from worker_replicas r join workers w on w.app_id = r.app_id
            where r.supervisor_id = @supervisorId and {Runs}
            """,
            new { supervisorId, isDraining, WorkerLeases.Duration },
            cancellationToken: cancellationToken));
        return replicas.ToDictionary(replica => replica.AppId);
    }

    /// <summary>Of <paramref name="appIds"/> those that run, wherever that is.</summary>
    public async Task<IReadOnlyDictionary<string, RunningApp>> RunningAsync(string supervisorId, IReadOnlyCollection<string> appIds, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var running = await connection.QueryAsync<RunningApp>(new CommandDefinition(
            $"""
            select w.app_id as AppId, w.live_version as LiveVersion, coalesce(w.supervisor_id = @supervisorId and w.lease_until > now(), false) as IsMine
            from workers w where w.app_id = any(@appIds) and {Runs}
            """,
            new { supervisorId, appIds = appIds.ToArray() },
            cancellationToken: cancellationToken));
        return running.ToDictionary(app => app.AppId);
    }

    /// <summary>Says which version takes calls on <paramref name="supervisorId"/>; null for none. Nothing happens if it is not to run the app.</summary>
    public async Task ReportAsync(string supervisorId, string appId, int? version, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var changed = await connection.ExecuteAsync(new CommandDefinition(
            "update worker_replicas set version = @version where app_id = @appId and supervisor_id = @supervisorId and version is distinct from @version",
            new { appId, supervisorId, version },
            cancellationToken: cancellationToken));
        if (changed == 1)
        {
            doorbell.Ring(Topics.Workers, appId);
        }
    }

    // Replicas run while their app does: what has crashed for good at its holder is not kept up elsewhere.
    private const string Runs = "w.desired = 'running' and w.live_version is not null and w.status <> 'crashed'";

    private const string Living =
        "worker_replicas other join supervisors s on s.id = other.supervisor_id where other.app_id = w.app_id and s.heartbeat_at > now() - @Duration";

    // Those that stay rather than this one.
    private const string Others = $"{Living} and other.supervisor_id < @supervisorId";
}

/// <summary>An app that a supervisor runs for its calls only.</summary>
/// <param name="AppId">The app.</param>
/// <param name="Version">What it is to run.</param>
/// <param name="Command">The last start that was asked for.</param>
/// <param name="SecretsRevision">As of which change the app's secrets are now.</param>
public sealed record WorkerReplica(string AppId, int Version, long Command, long SecretsRevision);

/// <summary>An app that runs.</summary>
/// <param name="AppId">The app.</param>
/// <param name="LiveVersion">What runs.</param>
/// <param name="IsMine">Whether the supervisor that asks holds it.</param>
public sealed record RunningApp(string AppId, int LiveVersion, bool IsMine);
