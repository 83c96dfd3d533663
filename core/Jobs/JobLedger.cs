using Npgsql;
using NpgsqlTypes;
using RootCx.Core.Database;

namespace RootCx.Core.Jobs;

/// <summary>
/// What a supervisor does with the jobs of the apps that it holds. Everything is checked against the fence of the lease on the app, so one whose lease
/// has passed to another changes nothing.
/// </summary>
public sealed class JobLedger(NpgsqlDataSource database)
{
    /// <summary>Payloads that one app gets at a time: no further job once there are so many bytes.</summary>
    public const int MostBytes = 16 * 1024 * 1024;

    /// <summary>
    /// Makes jobs whose time has come ready, except occurrences of crons, about which there is more to decide. Returns the apps that have such, and how long it
    /// is until the next one's time comes, by app: less than nothing where occurrences are due.
    /// </summary>
    public async Task<(IReadOnlySet<string> Ready, IReadOnlyDictionary<string, TimeSpan> Next)> PromoteAsync(IReadOnlyList<string> appIds, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                QueuePlans.ByIndex(),
                new NpgsqlBatchCommand(
                    """
                    update jobs set scheduled = false where scheduled and run_at <= now() and app_id = any ($1) and (cron_id is null or read_ct > 0)
                    returning app_id
                    """) { Parameters = { Array(appIds) } },
                new NpgsqlBatchCommand(
                    """
                    select app.id, extract(epoch from next.run_at - now())::double precision from unnest($1) as app (id)
                    cross join lateral (select run_at from jobs where scheduled and app_id = app.id order by run_at limit 1) as next
                    """) { Parameters = { Array(appIds) } },
            },
        };
        var ready = new HashSet<string>();
        var next = new Dictionary<string, TimeSpan>();
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            ready.Add(reader.GetString(0));
        }

        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            next[reader.GetString(0)] = TimeSpan.FromSeconds(reader.GetDouble(1));
        }

        return (ready, next);
    }

    /// <summary>The jobs that come next for each app, best first, without those in hand already.</summary>
    public async Task<IReadOnlyList<JobDelivery>> TakeAsync(
        IReadOnlyList<JobDemand> demands, IReadOnlyCollection<long> inHand, CancellationToken cancellationToken)
    {
        var command = new NpgsqlBatchCommand(
            """
            select job.app_id, job.id, job.payload, u.id, u.email, job.read_ct, job.lost, job.attempts, job.max_attempts, job.backoff_seconds, job.timeout_seconds,
              job.cancelled, greatest(now() - job.run_at, interval '0'), job.trace
            from unnest($1, $2, $3) as demand (app_id, fence, most)
            join workers w on w.app_id = demand.app_id and w.fence = demand.fence
            cross join lateral (
              select next.*, sum(octet_length(next.payload::text)) over (order by next.priority desc, next.id) - octet_length(next.payload::text) as bytes_before
              from (
                select * from jobs
                where app_id = demand.app_id and not scheduled and id not in (select unnest($4)) -- which is hashed; <> all would not be
                order by priority desc, id
                limit demand.most
              ) as next
            ) as job
            left join users u on u.id = job.user_id and u.disabled_at is null
            where job.bytes_before < $5
            """);
        command.Parameters.Add(Array(demands.Select(demand => demand.AppId)));
        command.Parameters.Add(Array(demands.Select(demand => demand.Fence)));
        command.Parameters.Add(Array(demands.Select(demand => demand.Most)));
        command.Parameters.Add(Array(inHand));
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = MostBytes });
        var jobs = new List<JobDelivery>();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { QueuePlans.ByIndex(), command } };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
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
                reader.GetBoolean(11))
            {
                Waited = reader.GetFieldValue<TimeSpan>(12),
                Trace = reader.IsDBNull(13) ? null : reader.GetString(13),
            });
        }

        return jobs;
    }

    /// <summary>Notes that jobs run, and how far they are; returns those that are to end: somebody cancelled them, or they are not there any more.</summary>
    public async Task<IReadOnlyCollection<long>> MarkAsync(IReadOnlyList<JobMark> marks, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { QueuePlans.ByHashing() } };
        foreach (var lease in marks.GroupBy(mark => (mark.AppId, mark.Fence)))
        {
            batch.BatchCommands.Add(Mark(lease.Key.AppId, lease.Key.Fence, [.. lease]));
        }

        var toEnd = marks.Select(mark => mark.Id).ToHashSet();
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (await reader.NextResultAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                if (!reader.GetBoolean(1))
                {
                    toEnd.Remove(reader.GetInt64(0));
                }
            }
        }

        return toEnd;
    }

    /// <summary>Records what became of deliveries, all together; returns the ids of those that could be recorded.</summary>
    public async Task<IReadOnlySet<long>> RecordAsync(IReadOnlyList<JobOutcome> outcomes, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { QueuePlans.ByHashing() } };
        foreach (var lease in outcomes.GroupBy(outcome => (outcome.AppId, outcome.Fence, Ends: outcome.State.IsEnded())))
        {
            List<JobOutcome> of = [.. lease];
            batch.BatchCommands.Add(lease.Key.Ends ? End(lease.Key.AppId, lease.Key.Fence, of) : PutBack(lease.Key.AppId, lease.Key.Fence, of));
        }

        var recorded = new HashSet<long>(outcomes.Count);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (await reader.NextResultAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                recorded.Add(reader.GetInt64(0));
            }
        }

        return recorded;
    }

    private static NpgsqlBatchCommand Mark(string appId, long fence, List<JobMark> marks)
    {
        var command = OfLease(
            appId,
            fence,
            """
            update jobs j
            set fence = $2, started_at = mark.started_at, read_ct = mark.deliveries, lost = mark.lost, progress = mark.progress, progress_note = mark.note
            from unnest($3, $4, $5, $6, $7, $8) as mark (id, started_at, deliveries, lost, progress, note)
            where j.app_id = $1 and j.id = any ($3) and j.id = mark.id and exists (select from workers where app_id = $1 and fence = $2)
              and (j.read_ct < mark.deliveries or (j.read_ct = mark.deliveries and j.fence = $2))
            returning j.id, j.cancelled
            """);
        command.Parameters.Add(Array(marks.Select(mark => mark.Id)));
        command.Parameters.Add(Array(marks.Select(mark => mark.StartedAt.UtcDateTime)));
        command.Parameters.Add(Array(marks.Select(mark => mark.Deliveries)));
        command.Parameters.Add(Array(marks.Select(mark => (short)mark.Lost)));
        command.Parameters.Add(Array(marks.Select(mark => (float?)mark.Progress)));
        command.Parameters.Add(Array(marks.Select(mark => mark.ProgressNote)));
        return command;
    }

    private static NpgsqlBatchCommand End(string appId, long fence, List<JobOutcome> outcomes)
    {
        var command = OfLease(
            appId,
            fence,
            """
            with gone as (
              delete from jobs j
              using unnest($3, $12) as o (id, run)
              where j.app_id = $1 and j.id = any ($3) and j.id = o.id and exists (select from workers where app_id = $1 and fence = $2)
                and (j.read_ct < o.run or (j.read_ct = o.run and j.fence = $2))
              returning j.*
            ),
            kept as (
              insert into ended_jobs (app_id, id, state, payload, user_id, priority, run_at, max_attempts, attempts, backoff_seconds, timeout_seconds,
                read_ct, enqueued_at, started_at, ended_at, progress, progress_note, result, error, cron_id, cron_due, cron_cause, cron_user_id)
              select $1, j.id, o.state, j.payload, j.user_id, j.priority, j.run_at, j.max_attempts, o.attempts, j.backoff_seconds, j.timeout_seconds,
                o.deliveries, j.enqueued_at, o.started_at, now(), o.progress, o.note, o.result::json, o.error,
                j.cron_id, j.cron_due, j.cron_cause, j.cron_user_id
              from gone j
              join unnest($3, $4, $5, $6, $7, $8, $9, $10, $11) as o (id, state, result, error, deliveries, attempts, started_at, progress, note) on o.id = j.id
              returning id, state
            ),
            counted as (
              insert into job_counts (app_id, day, state, jobs)
              select $1, (now() at time zone 'UTC')::date, state, count(*) from kept group by state order by state
              on conflict (app_id, day, state) do update set jobs = job_counts.jobs + excluded.jobs
            )
            select id from kept
            """);
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.Id)));
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.State.Name())));
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.Result)));
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.Error)));
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.Deliveries)));
        command.Parameters.Add(Array(outcomes.Select(outcome => (short)outcome.Attempts)));
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.StartedAt?.UtcDateTime)));
        command.Parameters.Add(Array(outcomes.Select(outcome => (float?)outcome.Progress)));
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.ProgressNote)));
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.Run)));
        return command;
    }

    private static NpgsqlBatchCommand PutBack(string appId, long fence, List<JobOutcome> outcomes)
    {
        var command = OfLease(
            appId,
            fence,
            """
            update jobs j
            set fence = null, started_at = null, progress = null, progress_note = null,
                scheduled = o.run_at is not null and not j.cancelled, run_at = coalesce(o.run_at, j.run_at),
                read_ct = o.deliveries, lost = o.lost, attempts = o.attempts, error = coalesce(o.error, j.error)
            from unnest($3, $4, $5, $6, $7, $8, $9) as o (id, run_at, deliveries, lost, attempts, error, run)
            where j.app_id = $1 and j.id = any ($3) and j.id = o.id and exists (select from workers where app_id = $1 and fence = $2)
              and (j.read_ct < o.run or (j.read_ct = o.run and j.fence = $2))
            returning j.id
            """);
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.Id)));
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.RunAt?.UtcDateTime)));
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.Deliveries)));
        command.Parameters.Add(Array(outcomes.Select(outcome => (short)outcome.Lost)));
        command.Parameters.Add(Array(outcomes.Select(outcome => (short)outcome.Attempts)));
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.Error)));
        command.Parameters.Add(Array(outcomes.Select(outcome => outcome.Run)));
        return command;
    }

    private static NpgsqlBatchCommand OfLease(string appId, long fence, string sql) => new(sql)
    {
        Parameters = { new NpgsqlParameter<string> { TypedValue = appId }, new NpgsqlParameter<long> { TypedValue = fence } },
    };

    private static NpgsqlParameter<string?[]> Array(IEnumerable<string?> values) => ArrayParameter.Of(NpgsqlDbType.Text, values);

    private static NpgsqlParameter<long[]> Array(IEnumerable<long> values) => ArrayParameter.Of(NpgsqlDbType.Bigint, values);

    private static NpgsqlParameter<int[]> Array(IEnumerable<int> values) => ArrayParameter.Of(NpgsqlDbType.Integer, values);

    private static NpgsqlParameter<short[]> Array(IEnumerable<short> values) => ArrayParameter.Of(NpgsqlDbType.Smallint, values);

    private static NpgsqlParameter<float?[]> Array(IEnumerable<float?> values) => ArrayParameter.Of(NpgsqlDbType.Real, values);

    private static NpgsqlParameter<DateTime[]> Array(IEnumerable<DateTime> values) => ArrayParameter.Of(NpgsqlDbType.TimestampTz, values);

    private static NpgsqlParameter<DateTime?[]> Array(IEnumerable<DateTime?> values) => ArrayParameter.Of(NpgsqlDbType.TimestampTz, values);
}
