using Npgsql;
using RootCx.Core.Jobs;

namespace RootCx.Core.Crons;

/// <summary>
/// Decides about occurrences that fall due: they become ready to run, or are skipped. The supervisor that runs an app does so when the moment comes; for
/// apps that nobody runs a timer does, so that no pile of occurrences waits for them.
/// </summary>
public sealed class CronSettlement(NpgsqlDataSource database)
{
    // By now a supervisor would have done it.
    private const int AbandonedSeconds = 30;

    private const int AppsAtOnce = 100;

    private const string SettingOfLocked = "rootcx.settled_apps";

    /// <summary>Decides for these apps; returns those that it could decide for. Of others somebody is changing a cron at this moment, and they are not waited for.</summary>
    public async Task<IReadOnlySet<string>> SettleAsync(IReadOnlyList<string> appIds, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { QueuePlans.ByIndex(), TryLock(appIds), Settle() } };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var settled = new HashSet<string>();
        if (await reader.ReadAsync(cancellationToken) && reader.GetString(0) is { Length: > 0 } locked)
        {
            settled.UnionWith(locked.Split(','));
        }

        await reader.NextResultAsync(cancellationToken);
        return settled;
    }

    /// <summary>Decides for all apps where it is overdue.</summary>
    public async Task SettleAbandonedAsync(CancellationToken cancellationToken)
    {
        foreach (var apps in (await AbandonedAsync(cancellationToken)).Chunk(AppsAtOnce))
        {
            await SettleAsync(apps, cancellationToken);
        }
    }

    /// <summary>Decides for one app, whose lock the caller holds, in the caller's transaction.</summary>
    internal static async Task SettleAsync(NpgsqlConnection connection, string appId, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { new NpgsqlBatchCommand($"select set_config('{SettingOfLocked}', $1, true)") { Parameters = { new NpgsqlParameter<string> { TypedValue = appId } } }, Settle() },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<List<string>> AbandonedAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var find = new NpgsqlBatchCommand(
            """
            select app.id from (select distinct app_id as id from crons) as app
            cross join lateral (
              select from jobs
              where scheduled and app_id = app.id and run_at < now() - make_interval(secs => $1) and cron_id is not null and read_ct = 0
              order by run_at limit 1
            ) as overdue
            """)
        { Parameters = { new NpgsqlParameter<double> { TypedValue = AbandonedSeconds } } };
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { QueuePlans.ByIndex(), find } };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var apps = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            apps.Add(reader.GetString(0));
        }

        return apps;
    }

    // Tells the statement after it, which sees what those did that had the locks before, for which apps it holds.
    private static NpgsqlBatchCommand TryLock(IReadOnlyList<string> appIds) => new(
        $"""
        select set_config('{SettingOfLocked}', coalesce(string_agg(app.id, ','), ''), true)
        from (select distinct unnest($1) as id) as app where {CronLocks.TryTake("app.id")}
        """)
    { Parameters = { new NpgsqlParameter<string[]> { TypedValue = [.. appIds] } } };

    // Of several that are due at once the latest runs; the lock sees to it that nobody else decides about the same ones.
    private static NpgsqlBatchCommand Settle() => new(
        $"""
        with due as materialized (
          select job.app_id, job.id, job.cron_id, job.cron_due,
            cron.overlap_policy is not distinct from 'skip' and (
              row_number() over (partition by job.cron_id order by job.cron_due desc) > 1
              or exists (select from jobs other where other.cron_id = job.cron_id and not (other.scheduled and other.read_ct = 0))) as is_skipped
          from unnest(string_to_array(current_setting('{SettingOfLocked}'), ',')) as app (id)
          cross join lateral (
            select * from jobs where scheduled and app_id = app.id and run_at <= now() and cron_id is not null and read_ct = 0
          ) as job
          left join crons cron on cron.id = job.cron_id
        ),
        skipped as (
          delete from jobs using due where due.is_skipped and jobs.app_id = due.app_id and jobs.id = due.id and jobs.scheduled
          returning jobs.id, jobs.cron_id, jobs.cron_due
        ),
        recorded as (
          insert into cron_gaps (id, cron_id, state, first_due, last_due) select id, cron_id, 'skipped', cron_due, cron_due from skipped
        )
        update jobs set scheduled = false from due where not due.is_skipped and jobs.app_id = due.app_id and jobs.id = due.id and jobs.scheduled
        """);
}
