using Npgsql;
using RootCx.Core.Jobs;

namespace RootCx.Core.Crons;

/// <summary>
/// Decides about occurrences that fall due: they become ready to run, or are skipped. The supervisor that runs an app does so when the moment comes; for
/// apps that nobody runs a timer does, so that no pile of occurrences waits for them.
/// </summary>
public sealed class CronTurns(NpgsqlDataSource database)
{
    // By now a supervisor would have done it.
    private const int AbandonedSeconds = 30;

    /// <summary>Decides for these apps; returns whether there was anything to decide.</summary>
    public async Task<bool> SettleAsync(IReadOnlyList<string> appIds, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { QueuePlans.ByIndex(), CronLocks.OfApps(appIds), Settle(appIds) } };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) && reader.GetInt64(0) > 0;
    }

    /// <summary>Decides for all apps where it is overdue.</summary>
    public async Task SettleAbandonedAsync(CancellationToken cancellationToken)
    {
        var apps = new List<string>();
        await using (var command = database.CreateCommand(
            """
            select app.id from (select distinct app_id as id from crons) as app
            where exists (
              select from jobs where app_id = app.id and cron_id is not null and scheduled and read_ct = 0 and run_at < now() - make_interval(secs => $1))
            """))
        {
            command.Parameters.Add(new NpgsqlParameter<double> { TypedValue = AbandonedSeconds });
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                apps.Add(reader.GetString(0));
            }
        }

        if (apps.Count > 0)
        {
            await SettleAsync(apps, cancellationToken);
        }
    }

    // Of several that are due at once the latest runs; the lock sees to it that nobody else decides about the same ones.
    private static NpgsqlBatchCommand Settle(IReadOnlyList<string> appIds) => new(
        """
        with due as materialized (
          select job.app_id, job.id, job.cron_id, job.cron_due,
            cron.overlap_policy is not distinct from 'skip' and (
              row_number() over (partition by job.cron_id order by job.cron_due desc) > 1
              or exists (select from jobs other where other.cron_id = job.cron_id and not (other.scheduled and other.read_ct = 0))) as is_skipped
          from unnest($1) as app (id)
          cross join lateral (
            select * from jobs where app_id = app.id and cron_id is not null and scheduled and read_ct = 0 and run_at <= now()
          ) as job
          left join crons cron on cron.id = job.cron_id
        ),
        skipped as (
          delete from jobs using due where due.is_skipped and jobs.app_id = due.app_id and jobs.id = due.id and jobs.scheduled
          returning jobs.id, jobs.cron_id, jobs.cron_due
        ),
        recorded as (
          insert into cron_gaps (id, cron_id, state, first_due, last_due) select id, cron_id, 'skipped', cron_due, cron_due from skipped
        ),
        readied as (
          update jobs set scheduled = false from due where not due.is_skipped and jobs.app_id = due.app_id and jobs.id = due.id and jobs.scheduled
        )
        select count(*) from due
        """)
    { Parameters = { new NpgsqlParameter<string[]> { TypedValue = [.. appIds] } } };
}
