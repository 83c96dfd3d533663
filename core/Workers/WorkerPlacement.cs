using Dapper;
using Npgsql;
using RootCx.Core.Doorbells;

namespace RootCx.Core.Workers;

/// <summary>
/// Lets apps change from one supervisor that is alive to another without a call being lost. The taker says which app it wants; the holder lets the app's jobs end, takes no more and
/// yields; meanwhile the taker starts a worker, and with that ready the lease changes hands. The holder's worker then finishes the calls it has.
/// </summary>
public sealed class WorkerPlacement(NpgsqlDataSource database, Doorbell doorbell)
{
    /// <summary>
    /// Chooses running apps to take over, from supervisors that drain or have more than their share, as long as <paramref name="supervisorId"/> has less than its own. Returns all that
    /// are to be taken over by it.
    /// </summary>
    /// <param name="supervisorId">The taker.</param>
    /// <param name="except">Apps that it could not take over a moment ago.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyList<WorkerOffer>> ChooseAsync(string supervisorId, IReadOnlyCollection<string> except, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var chosen = (await connection.QueryAsync<string>(new CommandDefinition(
            $"""
            with shares as ({WorkerShares.Shares}),
            surplus as (
              select w.app_id, shares.draining, row_number() over (partition by shares.id order by w.app_id) <= shares.apps - shares.share as over
              from workers w join shares on shares.id = w.supervisor_id
              where w.supervisor_id <> @supervisorId and w.lease_until > now() and w.offered_to is null and w.status = 'running' and w.desired = 'running'
                and w.live_version is not null and w.app_id <> all (@except)
            )
            update workers set offered_to = @supervisorId, yielded = false
            where offered_to is null and lease_until > now() and app_id in (
              select w.app_id from workers w join surplus on surplus.app_id = w.app_id
              where surplus.over order by surplus.draining desc limit ({WorkerShares.Room}) for update of w skip locked
            )
            returning app_id
            """,
            new { supervisorId, WorkerLeases.Duration, except = except.ToArray() }, cancellationToken: cancellationToken))).AsList();
        foreach (var appId in chosen)
        {
            doorbell.Ring(Topics.Workers, appId); // its holder is to hear of it
        }

        return (await connection.QueryAsync<(string AppId, int Version, DateTime[] Crashes)>(new CommandDefinition(
            """
            select app_id, live_version, crashes from workers
            where offered_to = @supervisorId and supervisor_id <> @supervisorId and lease_until > now() and live_version is not null
            """,
            new { supervisorId }, cancellationToken: cancellationToken)))
            .Select(row => new WorkerOffer(row.AppId, row.Version, [.. row.Crashes.Select(at => new DateTimeOffset(at))])).ToList();
    }

    /// <summary>Says that the app's jobs have ended and no more are taken; nothing happens when nobody wants the app any more, or the lease has passed on.</summary>
    public async Task YieldAsync(string appId, long fence, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "update workers set yielded = true where app_id = @appId and fence = @fence and offered_to is not null", new { appId, fence }, cancellationToken: cancellationToken));
        doorbell.Ring(Topics.Workers, appId);
    }

    /// <summary>Whether the holder has yielded the app to <paramref name="supervisorId"/>; null if it is not to be taken over any more.</summary>
    public async Task<bool?> HasYieldedAsync(string supervisorId, WorkerOffer offer, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<bool?>(new CommandDefinition(
            "select yielded from workers where app_id = @AppId and offered_to = @supervisorId and live_version = @Version and desired = 'running'",
            new { offer.AppId, offer.Version, supervisorId }, cancellationToken: cancellationToken));
    }

    /// <summary>
    /// Makes <paramref name="supervisorId"/>, whose worker is ready, the app's holder. False if something else happens to the app: then nothing changed.
    /// </summary>
    public async Task<bool> AcceptAsync(string supervisorId, WorkerOffer offer, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var accepted = await connection.ExecuteAsync(new CommandDefinition(
            """
            update workers
            set supervisor_id = @supervisorId, lease_until = now() + @Duration, fence = fence + 1, offered_to = null, yielded = false, status = 'running', error = null,
              updated_at = now()
            where app_id = @AppId and offered_to = @supervisorId and yielded and live_version = @Version and desired = 'running' and command = observed_command
              and not exists (select from deployments d where d.app_id = @AppId and d.state in ('pending', 'installing', 'starting'))
            """,
            new { offer.AppId, offer.Version, supervisorId, WorkerLeases.Duration }, cancellationToken: cancellationToken));
        doorbell.Ring(Topics.Workers, offer.AppId);
        return accepted == 1;
    }

    /// <summary>Wants the app no more; its holder goes on with it.</summary>
    public async Task WithdrawAsync(string supervisorId, string appId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "update workers set offered_to = null, yielded = false where app_id = @appId and offered_to = @supervisorId", new { appId, supervisorId }, cancellationToken: cancellationToken));
        doorbell.Ring(Topics.Workers, appId);
    }

    /// <summary>Whether any supervisor but this one is there to take its apps.</summary>
    public async Task<bool> IsThereAnotherAsync(string supervisorId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select exists (select from supervisors where id <> @supervisorId and not draining and heartbeat_at > now() - @Duration)",
            new { supervisorId, WorkerLeases.Duration }, cancellationToken: cancellationToken));
    }
}

/// <summary>An app that is to be taken over.</summary>
/// <param name="AppId">The app.</param>
/// <param name="Version">What it runs.</param>
/// <param name="Crashes">When it crashed lately.</param>
public sealed record WorkerOffer(string AppId, int Version, IReadOnlyCollection<DateTimeOffset> Crashes);
