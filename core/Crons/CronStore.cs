using System.Text.RegularExpressions;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Doorbells;
using RootCx.Core.Errors;

namespace RootCx.Core.Crons;

/// <summary>
/// Makes, changes, deletes and triggers crons. A change, a pause and a deletion take back the occurrences that are jobs already and whose time has not
/// come; what has come is left alone.
/// </summary>
public sealed partial class CronStore(NpgsqlDataSource database, CronPlanner planner, CronClock clock, Doorbell doorbell, IOptions<CronOptions> options)
{
    /// <summary>Makes a cron; its first occurrences are planned when this returns.</summary>
    /// <param name="appId">Whose.</param>
    /// <param name="cron">What it is to be.</param>
    /// <param name="owner">For whom it runs; null: for nobody.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RefusedException">Something in it is not valid, its name is taken, or there is no such app (400); its payload is too large (413).</exception>
    public async Task<Cron> CreateAsync(string appId, NewCron cron, Guid? owner, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var created = await CreateAsync(connection, appId, cron, owner, fromManifest: false, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        doorbell.Ring(Topics.Jobs, appId);
        return created;
    }

    /// <summary>Changes a cron.</summary>
    /// <exception cref="RefusedException">Something in it is not valid (400), its payload is too large (413), or there is no such cron (404).</exception>
    public async Task<Cron> ChangeAsync(string appId, Guid id, CronChange change, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var changed = await ChangeAsync(connection, appId, id, change, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        doorbell.Ring(Topics.Jobs, appId);
        return changed;
    }

    /// <summary>Deletes a cron. A run that is under way goes on.</summary>
    /// <exception cref="RefusedException">There is no such cron (404).</exception>
    public async Task DeleteAsync(string appId, Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await DeleteAsync(connection, appId, id, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Enqueues a run at once, for the cron's owner, whether it is paused or not and whatever else of it runs; returns the job's id.</summary>
    /// <param name="appId">Whose.</param>
    /// <param name="id">Which.</param>
    /// <param name="by">Who triggers it; null: the app's worker.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RefusedException">There is no such cron (404).</exception>
    public async Task<long> TriggerAsync(string appId, Guid id, Guid? by, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var job = await connection.ExecuteScalarAsync<long?>(new CommandDefinition(
            """
            with cron as materialized (select * from crons where app_id = @appId and id = @id for no key update)
            insert into jobs (app_id, payload, user_id, cron_id, cron_due, cron_cause, cron_user_id)
            select app_id, job_payload, created_by, id, clock_timestamp(), 'manual', @by from cron
            returning id
            """,
            new { appId, id, by }, cancellationToken: cancellationToken)) ?? throw NotFound(id);
        doorbell.Ring(Topics.Jobs, appId);
        return job;
    }

    /// <summary>Makes a cron in the caller's transaction.</summary>
    internal async Task<Cron> CreateAsync(
        NpgsqlConnection connection, string appId, NewCron cron, Guid? owner, bool fromManifest, CancellationToken cancellationToken)
    {
        RequireName(cron.Name);
        RequirePolicy(cron.OverlapPolicy);
        var now = await clock.ReadAsync(connection, cancellationToken);
        var timetable = new CronTimetable(cron.Schedule, cron.Timezone, now);
        var id = Guid.CreateVersion7();
        var row = await connection.QuerySingleOrDefaultAsync<CronRow>(new CommandDefinition(
            $"""
            insert into crons (id, app_id, name, schedule, timezone, payload, job_payload, overlap_policy, enabled, from_manifest, schedule_id, anchor, created_by)
            select @id, app.id, @Name, @Schedule, @Timezone, @Payload::json, @jobPayload::json, @OverlapPolicy, @Enabled, @fromManifest,
              case when @Enabled then nextval('cron_schedule_ids') end, @anchor, @owner
            from apps app where app.id = @appId
            on conflict (app_id, name) do nothing
            returning {CronRow.Columns}
            """,
            new
            {
                id,
                appId,
                cron.Name,
                cron.Schedule,
                cron.Timezone,
                cron.Payload,
                cron.OverlapPolicy,
                cron.Enabled,
                fromManifest,
                owner,
                jobPayload = CronPayload.WithId(cron.Payload, id, options.Value.PayloadBytes),
                anchor = now.UtcDateTime,
            },
            cancellationToken: cancellationToken)) ?? throw await NotCreatedAsync(connection, appId, cron.Name, cancellationToken);
        if (cron.Enabled)
        {
            await planner.PlanAsync(connection, id, timetable, now, cancellationToken);
        }

        return row.ToCron(now);
    }

    /// <summary>Changes a cron in the caller's transaction.</summary>
    internal async Task<Cron> ChangeAsync(NpgsqlConnection connection, string appId, Guid id, CronChange change, CancellationToken cancellationToken)
    {
        var old = await LockAsync(connection, appId, id, cancellationToken);
        var now = await clock.ReadAsync(connection, cancellationToken); // with the lock: nobody decides about an occurrence that is taken back
        if (change == new CronChange())
        {
            return old.ToCron(now);
        }

        if (change.OverlapPolicy is not null)
        {
            RequirePolicy(change.OverlapPolicy);
        }

        // Intervals go on as they were unless they are new.
        var enabled = change.Enabled ?? old.Enabled;
        var schedule = change.Schedule ?? old.Schedule;
        var timezone = change.Timezone is { } zone ? zone.Timezone : old.Timezone;
        var anchor = schedule == old.Schedule && enabled == old.Enabled ? new DateTimeOffset(old.Anchor) : now;
        var timetable = new CronTimetable(schedule, timezone, anchor);
        var payload = change.Payload ?? old.Payload;
        var row = await connection.QuerySingleAsync<CronRow>(new CommandDefinition(
            $"""
            update crons set schedule = @schedule, timezone = @timezone, payload = @payload::json, job_payload = @jobPayload::json, enabled = @enabled, anchor = @anchor,
              overlap_policy = coalesce(@OverlapPolicy, overlap_policy), next_at = null, updated_at = now(),
              schedule_id = case when @enabled then coalesce(schedule_id, nextval('cron_schedule_ids')) end
            where id = @id returning {CronRow.Columns}
            """,
            new
            {
                id,
                schedule,
                timezone,
                payload,
                enabled,
                change.OverlapPolicy,
                anchor = anchor.UtcDateTime,
                jobPayload = CronPayload.WithId(payload, id, options.Value.PayloadBytes),
            },
            cancellationToken: cancellationToken));
        await planner.CatchUpAsync(connection, old, now, cancellationToken);
        await TakeBackAsync(connection, id, now, cancellationToken);
        if (enabled)
        {
            await planner.PlanAsync(connection, id, timetable, now, cancellationToken);
        }

        return row.ToCron(now);
    }

    /// <summary>Deletes a cron in the caller's transaction.</summary>
    internal static async Task DeleteAsync(NpgsqlConnection connection, string appId, Guid id, CancellationToken cancellationToken)
    {
        await LockAsync(connection, appId, id, cancellationToken);
        await CronSettlement.SettleAsync(connection, appId, cancellationToken); // while its policy is known
        await TakeBackAsync(connection, id, DateTimeOffset.MinValue, cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition("delete from crons where id = @id", new { id }, cancellationToken: cancellationToken));
    }

    /// <summary>Refuses what can't be the name of a cron.</summary>
    /// <exception cref="RefusedException">400.</exception>
    internal static void RequireName(string name)
    {
        if (!Name().IsMatch(name))
        {
            throw CronErrors.Invalid($"invalid cron name: '{name}'");
        }
    }

    /// <summary>Refuses what is no <see cref="OverlapPolicies">overlap policy</see>.</summary>
    /// <exception cref="RefusedException">400.</exception>
    internal static void RequirePolicy(string policy)
    {
        if (policy is not (OverlapPolicies.Skip or OverlapPolicies.Queue))
        {
            throw CronErrors.Invalid($"overlap_policy must be 'skip' or 'queue', got: '{policy}'");
        }
    }

    /// <summary>There is no cron of that id.</summary>
    internal static RefusedException NotFound(Guid id) => new(Refusal.NotFound, $"not found: cron '{id}' not found");

    // The row's lock keeps planners away, the app's lock those who decide about what falls due.
    private static async Task<CronRow> LockAsync(NpgsqlConnection connection, string appId, Guid id, CancellationToken cancellationToken)
    {
        var row = await connection.QuerySingleOrDefaultAsync<CronRow>(new CommandDefinition(
            $"select {CronRow.Columns} from crons where app_id = @appId and id = @id for no key update", new { appId, id }, cancellationToken: cancellationToken));
        await CronLocks.TakeAsync(connection, appId, cancellationToken);
        return row ?? throw NotFound(id);
    }

    private static Task<int> TakeBackAsync(NpgsqlConnection connection, Guid id, DateTimeOffset now, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(
            "delete from jobs where cron_id = @id and scheduled and read_ct = 0 and run_at > @now", new { id, now = now.UtcDateTime }, cancellationToken: cancellationToken));

    private static async Task<RefusedException> NotCreatedAsync(NpgsqlConnection connection, string appId, string name, CancellationToken cancellationToken) =>
        await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select exists (select from apps where id = @appId)", new { appId }, cancellationToken: cancellationToken))
            ? CronErrors.Invalid($"app '{appId}' already has a cron named '{name}'")
            : CronErrors.Invalid($"app '{appId}' not found");

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}\\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();
}
