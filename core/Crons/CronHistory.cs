using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Database;
using RootCx.Core.Jobs;

namespace RootCx.Core.Crons;

/// <summary>
/// Bounds what is kept of occurrences, and keeps the latest runs of each cron beyond their jobs: those are dropped after days, and some crons run once a
/// month.
/// </summary>
public sealed class CronHistory(NpgsqlDataSource database, DayPartitions partitions, IOptions<CronOptions> options, IOptions<JobOptions> jobs)
{
    /// <summary>How much of a result or an error a run shows, in characters.</summary>
    internal const int MessageCharacters = 8192;

    private const int Kept = 20;

    /// <summary>
    /// Makes the coming days of what is kept of skipped and missed occurrences and drops those past their retention; copies runs whose jobs may be dropped from
    /// tomorrow on. To be called at least once a day.
    /// </summary>
    public async Task MaintainAsync(CancellationToken cancellationToken)
    {
        await partitions.MaintainAsync("cron_gaps", "recorded_at", options.Value.HistoryRetention, cancellationToken);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            $"""
            insert into cron_kept_runs (id, cron_id, state, message, started_at, ended_at, cron_due, cron_cause, cron_user_id)
            select run.id, run.cron_id, run.state, left(coalesce(run.error, run.result::text), {MessageCharacters}), run.started_at, run.ended_at, run.cron_due, run.cron_cause, run.cron_user_id
            from crons cron
            cross join lateral (
              select * from ended_jobs where cron_id = cron.id order by cron_due desc limit @Kept
            ) as run
            where run.ended_at < now() + interval '1 day' - case run.state when 'completed' then @archive else @failures end
            order by run.id
            on conflict (id) do update set
              state = excluded.state, message = excluded.message, started_at = excluded.started_at, ended_at = excluded.ended_at
            where cron_kept_runs.ended_at <> excluded.ended_at;

            delete from cron_kept_runs where id in (
              select id from (select id, row_number() over (partition by cron_id order by cron_due desc) as position from cron_kept_runs) as run
              where run.position > @Kept
            )
            """,
            new { Kept, archive = jobs.Value.ArchiveRetention, failures = jobs.Value.FailureRetention }, cancellationToken: cancellationToken));
    }
}
