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
    public static readonly TimeSpan Duration = TimeSpan.FromSeconds(6);

    private static readonly TimeSpan ForgottenAfter = TimeSpan.FromDays(30);

    private static readonly TimeSpan SuspectFor = TimeSpan.FromMinutes(1);

    // After the database was away all leases have run out, and their holders, who are alive, need a moment to say so.
    private static readonly TimeSpan AfterRestart = Duration * 2;

    /// <summary>
    /// Announces the supervisor and takes what is its own already: leases under its id are from an earlier run of it, whose processes are gone.
    /// </summary>
    /// <param name="supervisorId">The supervisor.</param>
    /// <param name="capacity">So many running apps it takes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task RegisterAsync(string supervisorId, int capacity, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into supervisors (id, capacity) values (@supervisorId, @capacity)
            on conflict (id) do update set started_at = now(), heartbeat_at = now(), capacity = excluded.capacity, draining = false;

            update workers set lease_until = '-infinity' where supervisor_id = @supervisorId and lease_until is not null;

            delete from worker_replicas where supervisor_id = @supervisorId;

            -- in the cloud most ids never come back
            delete from supervisors where heartbeat_at < now() - @ForgottenAfter;
            """,
            new { supervisorId, capacity, ForgottenAfter }, cancellationToken: cancellationToken));
    }

    /// <summary>
    /// Renews all leases of the supervisor and takes apps that nobody holds: those that are to run as far as they are its share, all others without a bound. Returns the
    /// lease of every app it now holds.
    /// </summary>
    /// <param name="supervisorId">The supervisor.</param>
    /// <param name="isSteady">
    /// Whether it reached the database all the time of a lease; otherwise it does not know whether those whose leases have run out only could not reach it either.
    /// </param>
    /// <param name="isDraining">It gives its apps away: it takes nothing.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyDictionary<string, WorkerLease>> RenewAsync(
        string supervisorId, bool isSteady, bool isDraining, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var held = await connection.QueryAsync<(string AppId, long Fence, bool IsSuspect)>(new CommandDefinition(
            $"""
            update supervisors set heartbeat_at = now(), draining = @isDraining where id = @supervisorId;

            -- also one that has run out, as long as nobody took it: what the supervisor does under it still counts
            update workers set lease_until = now() + @Duration where supervisor_id = @supervisorId and lease_until > '-infinity';

            -- whoever wanted to take over has died
            update workers set offered_to = null, yielded = false
            where supervisor_id = @supervisorId and (offered_to is not null or yielded)
              and not exists (select from supervisors s where s.id = offered_to and s.heartbeat_at > now() - @Duration);

            {Take("not (desired = 'running' and live_version is not null)", "null")};

            {Take("desired = 'running' and live_version is not null", $"({WorkerShares.Room})")};

            select app_id, fence, coalesce(lost_at > now() - @SuspectFor, false) from workers where supervisor_id = @supervisorId and lease_until > now();
            """,
            new { supervisorId, Duration, SuspectFor, AfterRestart, isSteady, isDraining }, cancellationToken: cancellationToken));
        return held.ToDictionary(row => row.AppId, row => new WorkerLease(row.Fence, row.IsSuspect));
    }

    /// <summary>Gives everything up, so that another supervisor takes it at once.</summary>
    public async Task ReleaseAllAsync(string supervisorId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            update workers set lease_until = null, offered_to = null, yielded = false where supervisor_id = @supervisorId;

            delete from supervisors where id = @supervisorId;
            """,
            new { supervisorId }, cancellationToken: cancellationToken));
        doorbell.Ring(Topics.Workers);
    }

    /// <summary>Records what was observed of a worker; false when the lease has passed to another supervisor.</summary>
    /// <param name="appId">The app.</param>
    /// <param name="fence">Of the lease.</param>
    /// <param name="report">What was observed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<bool> ReportAsync(string appId, long fence, WorkerReport report, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var written = await connection.ExecuteAsync(new CommandDefinition(
            """
            update workers
            set status = @status, observed_command = greatest(observed_command, @ObservedCommand), error = @Error, crashes = @crashes, updated_at = now()
            where app_id = @appId and fence = @fence
            """,
            new
            {
                appId,
                fence,
                status = report.Status.Name(),
                report.ObservedCommand,
                report.Error,
                crashes = report.Crashes.Select(at => at.UtcDateTime).ToArray(),
            },
            cancellationToken: cancellationToken));
        doorbell.Ring(Topics.Workers, appId);
        return written == 1;
    }

    /// <summary>Whether any supervisor showed itself within the duration of a lease.</summary>
    public async Task<bool> AnyAliveAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select exists (select from supervisors where heartbeat_at > now() - @Duration)", new { Duration }, cancellationToken: cancellationToken));
    }

    private static string Take(string which, string most) =>
        $"""
        update workers
        set supervisor_id = @supervisorId, lease_until = now() + @Duration, fence = fence + 1, offered_to = null, yielded = false,
          lost_at = case when lease_until is null then lost_at else now() end
        where app_id in (
          select app_id from workers
          where {which} and not @isDraining
            and (lease_until is null or lease_until = '-infinity'
                 or (lease_until <= now() and @isSteady and pg_postmaster_start_time() < now() - @AfterRestart))
          limit {most} for update skip locked
        )
        """;
}

/// <summary>A lease on an app.</summary>
/// <param name="Fence">Grows with every change of hands.</param>
/// <param name="IsSuspect">Whether it was taken over, within the last minute, from a supervisor that had not given it up: something of the app may have killed it.</param>
public readonly record struct WorkerLease(long Fence, bool IsSuspect);

/// <summary>What a supervisor observes of a worker.</summary>
/// <param name="Status">What it is doing.</param>
/// <param name="ObservedCommand">The last start or stop that this reflects; 0 for none.</param>
/// <param name="Error">Why it is not running, if it should be.</param>
/// <param name="Crashes">When it crashed lately.</param>
public sealed record WorkerReport(WorkerStatus Status, long ObservedCommand, string? Error, IReadOnlyCollection<DateTimeOffset> Crashes);
