using Npgsql;
using NpgsqlTypes;

namespace RootCx.Core.Jobs;

/// <summary>
/// What a supervisor does with the jobs of the apps that it holds. Everything is checked against the fence of the lease on the app, so one whose lease
/// has passed to another changes nothing.
/// </summary>
public sealed class JobLedger(NpgsqlDataSource database)
{
    /// <summary>Makes jobs whose time has come ready; returns when the next one's comes, by app.</summary>
    public async Task<IReadOnlyDictionary<string, DateTimeOffset>> PromoteAsync(IReadOnlyList<string> appIds, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("update jobs set scheduled = false where scheduled and run_at <= now() and app_id = any ($1)") { Parameters = { Array(appIds) } },
                new NpgsqlBatchCommand(
                    """
                    select app.id, next.run_at from unnest($1) as app (id)
                    cross join lateral (select run_at from jobs where scheduled and app_id = app.id order by run_at limit 1) as next
                    """) { Parameters = { Array(appIds) } },
            },
        };
        var next = new Dictionary<string, DateTimeOffset>();
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            next[reader.GetString(0)] = reader.GetFieldValue<DateTimeOffset>(1);
        }

        return next;
    }

    /// <summary>The jobs that come next for each app, best first, without those in hand already.</summary>
    public async Task<IReadOnlyList<JobDelivery>> TakeAsync(
        IReadOnlyList<JobDemand> demands, IReadOnlyCollection<long> inHand, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            select job.app_id, job.id, job.payload, u.id, u.email, job.read_ct, job.lost, job.attempts, job.max_attempts, job.backoff_seconds, job.timeout_seconds,
              job.cancelled
            from unnest($1, $2, $3) as demand (app_id, fence, most)
            join workers w on w.app_id = demand.app_id and w.fence = demand.fence
            cross join lateral (
              select * from jobs
              where app_id = demand.app_id and not scheduled and id <> all ($4)
              order by priority desc, id
              limit demand.most
            ) as job
            left join users u on u.id = job.user_id
            """);
        command.Parameters.Add(Array(demands.Select(demand => demand.AppId)));
        command.Parameters.Add(Array(demands.Select(demand => demand.Fence)));
        command.Parameters.Add(Array(demands.Select(demand => demand.Most)));
        command.Parameters.Add(Array(inHand));
        var jobs = new List<JobDelivery>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            jobs.Add(new JobDelivery(
                reader.GetString(0),
                reader.GetInt64(1),
                reader.GetFieldValue<byte[]>(2),
                reader.IsDBNull(3) ? null : reader.GetGuid(3),
                reader.IsDBNull(4) ? null : reader.GetString(4),
                reader.GetInt32(5),
                reader.GetInt16(6),
                reader.GetInt16(7),
                reader.GetInt16(8),
                reader.GetInt32(9),
                reader.IsDBNull(10) ? null : reader.GetInt32(10),
                reader.GetBoolean(11)));
        }

        return jobs;
    }

    /// <summary>Notes that jobs run, and how far they are; returns those that somebody wants to cancel.</summary>
    public async Task<IReadOnlyList<long>> MarkAsync(IReadOnlyList<JobMark> marks, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            update jobs j
            set fence = mark.fence, started_at = mark.started_at, read_ct = mark.deliveries, lost = mark.lost, progress = mark.progress, progress_note = mark.note
            from unnest($1, $2, $3, $4, $5, $6, $7, $8) as mark (app_id, id, fence, started_at, deliveries, lost, progress, note)
            join workers w on w.app_id = mark.app_id and w.fence = mark.fence
            where j.app_id = mark.app_id and j.id = mark.id
            returning j.id, j.cancelled
            """);
        command.Parameters.Add(Array(marks.Select(mark => mark.AppId)));
        command.Parameters.Add(Array(marks.Select(mark => mark.Id)));
        command.Parameters.Add(Array(marks.Select(mark => mark.Fence)));
        command.Parameters.Add(Array(marks.Select(mark => mark.StartedAt.UtcDateTime)));
        command.Parameters.Add(Array(marks.Select(mark => mark.Deliveries)));
        command.Parameters.Add(Array(marks.Select(mark => (short)mark.Lost)));
        command.Parameters.Add(Array(marks.Select(mark => (float?)mark.Progress)));
        command.Parameters.Add(Array(marks.Select(mark => mark.ProgressNote)));
        var cancelled = new List<long>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (reader.GetBoolean(1))
            {
                cancelled.Add(reader.GetInt64(0));
            }
        }

        return cancelled;
    }

    /// <summary>Records what became of deliveries, all together; returns the ids of those that could be recorded.</summary>
    public async Task<IReadOnlySet<long>> RecordAsync(IReadOnlyList<JobOutcome> outcomes, CancellationToken cancellationToken)
    {
        var recorded = new HashSet<long>(outcomes.Count);
        var ended = outcomes.Where(outcome => outcome.State.IsEnded()).ToList();
        var again = outcomes.Where(outcome => !outcome.State.IsEnded()).ToList();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        if (ended.Count > 0)
        {
            batch.BatchCommands.Add(End(ended));
        }

        if (again.Count > 0)
        {
            batch.BatchCommands.Add(PutBack(again));
        }

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        do
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                recorded.Add(reader.GetInt64(0));
            }
        }
        while (await reader.NextResultAsync(cancellationToken));
        return recorded;
    }

    private static NpgsqlBatchCommand End(List<JobOutcome> outcomes)
    {
        var command = new NpgsqlBatchCommand(
            """
            with outcome as (
              select o.* from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                as o (app_id, id, fence, state, result, error, deliveries, attempts, started_at, progress, note)
              join workers w on w.app_id = o.app_id and w.fence = o.fence
            ),
            gone as (
              delete from jobs j using outcome o where j.app_id = o.app_id and j.id = o.id
              returning j.app_id, j.id, o.state, j.payload, j.user_id, j.priority, j.run_at, j.max_attempts, o.attempts, j.backoff_seconds, j.timeout_seconds,
                o.deliveries, j.enqueued_at, o.started_at, o.progress, o.note, o.result, o.error
            ),
            kept as (
              insert into ended_jobs (app_id, id, state, payload, user_id, priority, run_at, max_attempts, attempts, backoff_seconds, timeout_seconds,
                read_ct, enqueued_at, started_at, ended_at, progress, progress_note, result, error)
              select app_id, id, state, payload, user_id, priority, run_at, max_attempts, attempts, backoff_seconds, timeout_seconds,
                deliveries, enqueued_at, started_at, now(), progress, note, result::json, error
              from gone
            ),
            counted as (
              insert into job_counts (app_id, day, state, jobs)
              select app_id, (now() at time zone 'UTC')::date, state, count(*) from gone group by app_id, state order by app_id, state
              on conflict (app_id, day, state) do update set jobs = job_counts.jobs + excluded.jobs
            )
            select id from gone
            """);
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.AppId)));
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.Id)));
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.Fence)));
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.State.Name())));
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.Result)));
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.Error)));
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.Deliveries)));
        command.Parameters.Add(Array(outcomes.Select(outcome => (short)outcome.Attempts)));
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.StartedAt?.UtcDateTime)));
        command.Parameters.Add(Array(outcomes.Select(outcome => (float?)outcome.Progress)));
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.ProgressNote)));
        return command;
    }

    private static NpgsqlBatchCommand PutBack(List<JobOutcome> outcomes)
    {
        var command = new NpgsqlBatchCommand(
            """
            update jobs j
            set fence = null, started_at = null, progress = null, progress_note = null,
                scheduled = o.run_at is not null, run_at = coalesce(o.run_at, j.run_at),
                read_ct = o.deliveries, lost = o.lost, attempts = o.attempts, error = coalesce(o.error, j.error)
            from unnest($1, $2, $3, $4, $5, $6, $7, $8) as o (app_id, id, fence, run_at, deliveries, lost, attempts, error)
            join workers w on w.app_id = o.app_id and w.fence = o.fence
            where j.app_id = o.app_id and j.id = o.id
            returning j.id
            """);
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.AppId)));
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.Id)));
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.Fence)));
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.RunAt?.UtcDateTime)));
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.Deliveries)));
        command.Parameters.Add(Array(outcomes.Select(outcome => (short)outcome.Lost)));
        command.Parameters.Add(Array(outcomes.Select(outcome => (short)outcome.Attempts)));
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.Error)));
        return command;
    }

    private static NpgsqlParameter<string?[]> Array(IEnumerable<string?> values) => Array(values, NpgsqlDbType.Text);

    private static NpgsqlParameter<long[]> Array(IEnumerable<long> values) => Array(values, NpgsqlDbType.Bigint);

    private static NpgsqlParameter<int[]> Array(IEnumerable<int> values) => Array(values, NpgsqlDbType.Integer);

    private static NpgsqlParameter<short[]> Array(IEnumerable<short> values) => Array(values, NpgsqlDbType.Smallint);

    private static NpgsqlParameter<float?[]> Array(IEnumerable<float?> values) => Array(values, NpgsqlDbType.Real);

    private static NpgsqlParameter<DateTime[]> Array(IEnumerable<DateTime> values) => Array(values, NpgsqlDbType.TimestampTz);

    private static NpgsqlParameter<DateTime?[]> Array(IEnumerable<DateTime?> values) => Array(values, NpgsqlDbType.TimestampTz);

    private static NpgsqlParameter<T[]> Array<T>(IEnumerable<T> values, NpgsqlDbType element) =>
        new() { TypedValue = [.. values], NpgsqlDbType = NpgsqlDbType.Array | element };
}
