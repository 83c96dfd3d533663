using Dapper;
using Npgsql;
using RootCx.Core.Errors;

namespace RootCx.Core.Crons;

/// <summary>Shows crons and what became of their occurrences.</summary>
public sealed class CronReader(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>An app's crons by name.</summary>
    /// <param name="appId">Whose.</param>
    /// <param name="range">Which of them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<IReadOnlyList<Cron>> ListAsync(string appId, CronRange range, CancellationToken cancellationToken) => range.All
        ? ListAsync([appId], [], range.Owner, cancellationToken)
        : ListAsync([], [appId], range.Owner, cancellationToken);

    /// <summary>The crons of several apps, by app and name.</summary>
    /// <param name="all">Apps whose crons are all wanted.</param>
    /// <param name="own">Apps of which only those of <paramref name="owner"/> and those of nobody are.</param>
    /// <param name="owner">Whoever asks; null for an app's worker.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyList<Cron>> ListAsync(IReadOnlyCollection<string> all, IReadOnlyCollection<string> own, Guid? owner, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<CronRow>(new CommandDefinition(
            $"""
            select {CronRow.Columns} from crons
            where app_id = any (@all) or (app_id = any (@own) and (created_by is null or created_by = @owner))
            order by app_id, name
            """,
            new { all = all.ToArray(), own = own.ToArray(), owner }, cancellationToken: cancellationToken));
        var now = time.GetUtcNow();
        return [.. rows.Select(row => row.ToCron(now))];
    }

    /// <summary>The apps that have crons.</summary>
    public async Task<IReadOnlyList<string>> AppsAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<string>(new CommandDefinition("select distinct app_id from crons", cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>One cron.</summary>
    /// <exception cref="RefusedException">The app has none of that id (404).</exception>
    public async Task<Cron> GetAsync(string appId, Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<CronRow>(new CommandDefinition(
            $"select {CronRow.Columns} from crons where app_id = @appId and id = @id", new { appId, id }, cancellationToken: cancellationToken));
        return row?.ToCron(time.GetUtcNow()) ?? throw CronStore.NotFound(id);
    }

    /// <summary>What became of a cron's occurrences that have fallen due, latest first: as long as their jobs are kept, the latest ones longer.</summary>
    public async Task<IReadOnlyList<CronRun>> RunsAsync(Guid id, int most, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<RunRow>(new CommandDefinition(
            $"""
            select distinct on (due, id) * from (
              (select 1 as rank, job.id, true as has_job, case when w.app_id is null then 'queued' else 'running' end as state, job.error as message,
                 job.started_at, null::timestamptz as ended_at, job.cron_due as due, job.cron_cause as cause, job.cron_user_id as user_id
               from jobs job left join workers w on w.app_id = job.app_id and w.fence = job.fence and w.lease_until > now()
               where job.cron_id = @id and (job.run_at <= now() or not job.scheduled or job.read_ct > 0)
               order by job.cron_due desc limit @most)
              union all
              (select 2, id, true, state, left(coalesce(error, result::text), {CronHistory.MessageCharacters}), started_at, ended_at, cron_due, cron_cause, cron_user_id
               from ended_jobs where cron_id = @id order by cron_due desc limit @most)
              union all
              (select 3, id, true, state, message, started_at, ended_at, cron_due, cron_cause, cron_user_id
               from cron_kept_runs where cron_id = @id order by cron_due desc limit @most)
              union all
              (select 4, id, false, state,
                 case state when 'skipped' then 'an earlier run had not ended'
                   else occurrences || ' missed, from ' || to_char(first_due at time zone 'UTC', '{Moment}') || ' to ' || to_char(last_due at time zone 'UTC', '{Moment}') end,
                 null, null, last_due, 'schedule', null
               from cron_gaps where cron_id = @id order by last_due desc limit @most)
            ) as run
            order by due desc, id desc, rank limit @most
            """,
            new { id, most }, cancellationToken: cancellationToken));
        return [.. rows.Select(row => row.ToRun())];
    }

    private const string Moment = "YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"";

    private sealed class RunRow
    {
        public long Id { get; init; }

        public bool HasJob { get; init; }

        public string State { get; init; } = "";

        public string? Message { get; init; }

        public DateTime? StartedAt { get; init; }

        public DateTime? EndedAt { get; init; }

        public DateTime Due { get; init; }

        public string Cause { get; init; } = "";

        public Guid? UserId { get; init; }

        public CronRun ToRun() => new(
            Id, HasJob ? Id : null, State, Message, StartedAt, EndedAt, Due, Cause, UserId, (EndedAt - StartedAt)?.TotalMilliseconds);
    }
}
