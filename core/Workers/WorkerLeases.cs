using Dapper;
using Npgsql;
using RootCx.Core.Doorbells;

namespace RootCx.Core.Workers;

/// <summary>
/// Which supervisor may run which app. A lease is held for <see cref="Duration"/> and renewed well before; each change of hands raises the
/// app's fence, and a report that carries an older fence changes nothing, so a supervisor that was away can't overwrite its successor.
/// </summary>
public sealed class WorkerLeases(NpgsqlDataSource database, Doorbell doorbell)
{
    /// <summary>After this long without a renewal an app may be taken over.</summary>
    public static readonly TimeSpan Duration = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan SuspectFor = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Announces the supervisor and takes what is its own already: leases under its id are from an earlier run of it, whose processes are gone.
    /// </summary>
    public async Task RegisterAsync(string supervisorId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(
            """
            insert into supervisors (id) values (@supervisorId)
            on conflict (id) do update set started_at = now(), heartbeat_at = now();

            update workers set lease_until = '-infinity' where supervisor_id = @supervisorId and lease_until is not null;
            """,
            new { supervisorId });
    }

    /// <summary>Renews all leases of the supervisor and takes the apps that nobody holds; returns the lease of every app it now holds.</summary>
    public async Task<IReadOnlyDictionary<string, WorkerLease>> RenewAsync(string supervisorId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var held = await connection.QueryAsync<(string AppId, long Fence, bool IsSuspect)>(
            """
            update supervisors set heartbeat_at = now() where id = @supervisorId;

            -- also one that has run out, as long as nobody took it: what the supervisor does under it still counts
            update workers set lease_until = now() + @Duration where supervisor_id = @supervisorId and lease_until > '-infinity';

            update workers set supervisor_id = @supervisorId, lease_until = now() + @Duration, fence = fence + 1,
              lost_at = case when lease_until is null then lost_at else now() end
            where app_id in (
              select app_id from workers where lease_until is null or lease_until <= now() for update skip locked
            );

            select app_id, fence, coalesce(lost_at > now() - @SuspectFor, false) from workers where supervisor_id = @supervisorId and lease_until > now();
            """,
            new { supervisorId, Duration, SuspectFor });
        return held.ToDictionary(row => row.AppId, row => new WorkerLease(row.Fence, row.IsSuspect));
    }

    /// <summary>Gives everything up, so that another supervisor takes it at once.</summary>
    public async Task ReleaseAllAsync(string supervisorId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(
            """
            update workers set lease_until = null where supervisor_id = @supervisorId;

            delete from supervisors where id = @supervisorId;
            """,
            new { supervisorId });
    }

    /// <summary>Records what was observed of a worker; false when the lease has passed to another supervisor.</summary>
    public async Task<bool> ReportAsync(
        string appId, long fence, WorkerStatus status, long observedCommand, string? error, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var written = await connection.ExecuteAsync(
            """
            update workers
            set status = @status, observed_command = greatest(observed_command, @observedCommand), error = @error, updated_at = now()
            where app_id = @appId and fence = @fence
            """,
            new { appId, fence, status = status.Name(), observedCommand, error });
        doorbell.Ring(Topics.Workers, appId);
        return written == 1;
    }

    /// <summary>Whether any supervisor showed itself within the duration of a lease.</summary>
    public async Task<bool> AnyAliveAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<bool>(
            "select exists (select from supervisors where heartbeat_at > now() - @Duration)", new { Duration });
    }
}

/// <summary>A lease on an app.</summary>
/// <param name="Fence">Grows with every change of hands.</param>
/// <param name="IsSuspect">Whether it was taken over, within the last minute, from a supervisor that had not given it up: something of the app may have killed it.</param>
public readonly record struct WorkerLease(long Fence, bool IsSuspect);
