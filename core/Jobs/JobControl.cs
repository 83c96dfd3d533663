using System.Globalization;
using Dapper;
using Npgsql;
using RootCx.Core.Doorbells;
using RootCx.Core.Errors;

namespace RootCx.Core.Jobs;

/// <summary>Takes jobs back, tries failed ones anew, and throws away what is no longer wanted of those that ended.</summary>
public sealed class JobControl(NpgsqlDataSource database, Doorbell doorbell)
{
    // Rows that one statement deletes: a purge of millions must not hold anything up.
    private const int PurgeBatch = 2000;

    private const string Columns =
        "payload, user_id, priority, run_at, max_attempts, attempts, backoff_seconds, timeout_seconds, read_ct, enqueued_at, started_at, progress, progress_note, error, "
        + "cron_id, cron_due, cron_cause, cron_user_id";

    /// <summary>
    /// Cancels a job that has not ended. One that runs gets an abort signal and ends when its handler does; any other has ended when this returns.
    /// </summary>
    /// <param name="appId">Whose.</param>
    /// <param name="id">Which.</param>
    /// <param name="owner">Only if it is this user's; null: anybody's.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The state it is in now, running or cancelled.</returns>
    /// <exception cref="RefusedException">There is none of that id (404), or it has ended (409).</exception>
    public async Task<JobState> CancelAsync(string appId, long id, Guid? owner, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var state = await connection.ExecuteScalarAsync<string>(new CommandDefinition(
            $"""
            with job as (
              select app_id, id, exists (select from workers w where w.app_id = j.app_id and w.fence = j.fence and w.lease_until > now()) as runs
              from jobs j where app_id = @appId and id = @id and (@owner::uuid is null or user_id = @owner)
              for update
            ),
            told as (
              update jobs set cancelled = true from job where job.runs and jobs.app_id = job.app_id and jobs.id = job.id returning 'running' as state
            ),
            gone as (
              delete from jobs using job where not job.runs and jobs.app_id = job.app_id and jobs.id = job.id
              returning jobs.app_id, jobs.id, {string.Join(", ", Columns.Split(", ").Select(column => $"jobs.{column}"))}
            ),
            kept as (
              insert into ended_jobs (app_id, id, state, ended_at, {Columns}) select app_id, id, 'cancelled', now(), {Columns} from gone returning state
            ),
            counted as (
              insert into job_counts (app_id, day, state, jobs) select app_id, (now() at time zone 'UTC')::date, 'cancelled', 1 from gone
              on conflict (app_id, day, state) do update set jobs = job_counts.jobs + excluded.jobs
            )
            select state from told union all select state from kept
            """,
            new { appId, id, owner }, cancellationToken: cancellationToken));
        if (state is null)
        {
            throw await RefusedAsync(connection, appId, id, owner, "cancelled", cancellationToken);
        }

        doorbell.Ring(Topics.CancelledJobs, id.ToString(CultureInfo.InvariantCulture)); // it may have begun a moment ago
        return JobStates.Parse(state);
    }

    /// <summary>Puts a failed or cancelled job back into the queue, with all its attempts before it.</summary>
    /// <param name="appId">Whose.</param>
    /// <param name="id">Which.</param>
    /// <param name="owner">Only if it is this user's; null: anybody's.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RefusedException">There is none of that id (404), or it is in another state (409).</exception>
    public async Task RetryAsync(string appId, long id, Guid? owner, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var retried = await connection.ExecuteScalarAsync<long?>(new CommandDefinition(
            $"""
            with gone as (
              delete from job_failures where app_id = @appId and id = @id and (@owner::uuid is null or user_id = @owner)
              returning app_id, id, state, ended_at, {Columns}
            ),
            {Uncounted},
            back as (
              insert into jobs (app_id, id, payload, user_id, priority, max_attempts, backoff_seconds, timeout_seconds, read_ct, enqueued_at, error,
                cron_id, cron_due, cron_cause, cron_user_id)
              -- a cancelled one may still run without being on record as that; what comes of it is not to count
              select app_id, id, payload, user_id, priority, max_attempts, backoff_seconds, timeout_seconds,
                read_ct + case when state = 'cancelled' then 1 else 0 end, enqueued_at, error,
                cron_id, cron_due, cron_cause, cron_user_id
              from gone
              returning id
            )
            select id from back
            """,
            new { appId, id, owner }, cancellationToken: cancellationToken));
        if (retried is null)
        {
            throw await RefusedAsync(connection, appId, id, owner, "retried", cancellationToken);
        }

        doorbell.Ring(Topics.Jobs, appId);
    }

    /// <summary>Deletes the jobs that ended in a state, some at a time, oldest first; returns their number.</summary>
    /// <param name="appId">Whose.</param>
    /// <param name="state">One of those that end a job.</param>
    /// <param name="owner">Only this user's; null: everybody's.</param>
    /// <param name="cancellationToken">Stops between two batches; what was deleted stays so.</param>
    public async Task<long> PurgeAsync(string appId, JobState state, Guid? owner, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        long all = 0;
        int deleted;
        do
        {
            deleted = await connection.ExecuteScalarAsync<int>(new CommandDefinition(
                $"""
                with gone as (
                  delete from ended_jobs where state = @state and app_id = @appId and id in (
                    select id from ended_jobs where app_id = @appId and state = @state and (@owner::uuid is null or user_id = @owner)
                    order by id limit @PurgeBatch for update skip locked
                  )
                  returning app_id, id, state, ended_at
                ),
                {Uncounted}
                select count(*)::integer from gone
                """,
                new { appId, state = state.Name(), owner, PurgeBatch }, cancellationToken: cancellationToken));
            all += deleted;
        }
        while (deleted > 0);
        return all;
    }

    private const string Uncounted =
        """
        uncounted as (
          update job_counts c set jobs = c.jobs - less.jobs
          from (select app_id, (ended_at at time zone 'UTC')::date as day, state, count(*) as jobs from gone group by 1, 2, 3) as less
          where c.app_id = less.app_id and c.day = less.day and c.state = less.state
        )
        """;

    private static async Task<RefusedException> RefusedAsync(
        NpgsqlConnection connection, string appId, long id, Guid? owner, string wish, CancellationToken cancellationToken)
    {
        var state = await connection.ExecuteScalarAsync<string>(new CommandDefinition(
            """
            select case when exists (select from jobs where app_id = @appId and id = @id and (@owner::uuid is null or user_id = @owner)) then 'not ended'
              else (select state from ended_jobs where app_id = @appId and id = @id and (@owner::uuid is null or user_id = @owner)) end
            """,
            new { appId, id, owner }, cancellationToken: cancellationToken));
        return state is null
            ? new RefusedException(Refusal.NotFound, $"job {id} not found")
            : new RefusedException(Refusal.Conflict, $"job {id} can't be {wish}: it is {state}");
    }
}
