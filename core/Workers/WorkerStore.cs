using Dapper;
using Npgsql;
using RootCx.Core.Audit;
using RootCx.Core.Doorbells;

namespace RootCx.Core.Workers;

/// <summary>Reads and changes what is wanted of workers. What is observed of them is written by their supervisor, under its fence.</summary>
public sealed class WorkerStore(NpgsqlDataSource database, Doorbell doorbell)
{
    private const string Columns =
        """
        w.app_id, w.desired = 'running' as want_running, w.command, w.observed_command,
        case when w.lease_until > now() then w.status
             when w.desired = 'running' and w.live_version is not null then 'starting'
             else 'stopped' end as status,
        w.error, w.live_version, w.offered_to, w.crashes,
        case when w.lease_until > now() then w.supervisor_id end as supervisor_id,
        (select coalesce(sum(revision), 0)::bigint from secret_scopes where scope in (w.app_id, '_platform')) as secrets_revision,
        w.replicas,
        array(select r.supervisor_id from worker_replicas r join supervisors s on s.id = r.supervisor_id
              where r.app_id = w.app_id and r.version = w.live_version and w.desired = 'running'
                and (w.supervisor_id is distinct from r.supervisor_id or w.lease_until <= now())
                and s.heartbeat_at > now() - @Duration) as others
        """;

    /// <summary>The app's worker, or null if no such app was ever deployed or installed.</summary>
    public async Task<WorkerState?> FindAsync(string appId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(
            $"select {Columns} from workers w join apps on apps.id = w.app_id where w.app_id = @appId", new { appId, WorkerLeases.Duration });
        return row?.ToState();
    }

    /// <summary>The workers of all apps, by app id.</summary>
    public async Task<IReadOnlyList<WorkerState>> ListAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>($"select {Columns} from workers w join apps on apps.id = w.app_id order by w.app_id", new { WorkerLeases.Duration });
        return [.. rows.Select(row => row.ToState())];
    }

    /// <summary>The workers that <paramref name="supervisorId"/> holds.</summary>
    public async Task<IReadOnlyList<WorkerState>> HeldByAsync(string supervisorId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(
            $"select {Columns} from workers w where w.supervisor_id = @supervisorId and w.lease_until > now()", new { supervisorId, WorkerLeases.Duration });
        return [.. rows.Select(row => row.ToState())];
    }

    /// <summary>Asks for the worker to be started or stopped; returns the state to wait from, or null if no such app was ever deployed or installed.</summary>
    public async Task<WorkerState?> CommandAsync(Actor actor, string appId, bool run, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(
            $"""
            update workers w set desired = @desired, command = w.command + 1, updated_at = now()
            from apps where apps.id = w.app_id and w.app_id = @appId
            returning {Columns}
            """,
            new { appId, desired = run ? "running" : "stopped", WorkerLeases.Duration });
        if (row is not null)
        {
            await AuditTrail.RecordAsync(
                connection, actor, run ? AuditActions.WorkerStarted : AuditActions.WorkerStopped, appId: appId, cancellationToken: cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        doorbell.Ring(Topics.Workers, appId);
        return row?.ToState();
    }

    /// <summary>Gives an app a place in the leases if it has none, in the caller's transaction.</summary>
    internal static Task AddAsync(NpgsqlConnection connection, string appId, CancellationToken cancellationToken) => connection.ExecuteAsync(new CommandDefinition(
        """
        insert into workers (app_id, fence)
        -- no fence of an earlier app of that name comes again, so that its supervisor does not take the new one for it
        values (@appId, (extract(epoch from clock_timestamp()) * 1000000)::bigint) on conflict (app_id) do nothing
        """,
        new { appId }, cancellationToken: cancellationToken));

    private sealed class Row
    {
        public string AppId { get; init; } = "";

        public bool WantRunning { get; init; }

        public long Command { get; init; }

        public long ObservedCommand { get; init; }

        public string Status { get; init; } = "";

        public string? Error { get; init; }

        public int? LiveVersion { get; init; }

        public string? SupervisorId { get; init; }

        public string? OfferedTo { get; init; }

        public DateTime[] Crashes { get; init; } = [];

        public long SecretsRevision { get; init; }

        public int Replicas { get; init; }

        public string[] Others { get; init; } = [];

        public WorkerState ToState() => new(AppId, WantRunning, Command, ObservedCommand, WorkerStatusNames.Parse(Status), Error, LiveVersion, SupervisorId)
        {
            SecretsRevision = SecretsRevision,
            OfferedTo = OfferedTo,
            Crashes = [.. Crashes.Select(at => new DateTimeOffset(at))],
            Replicas = Replicas,
            Others = Others,
        };
    }
}
