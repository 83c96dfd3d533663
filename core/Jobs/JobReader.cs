using Dapper;
using Npgsql;
using RootCx.Core.Json;

namespace RootCx.Core.Jobs;

/// <summary>Shows jobs.</summary>
public sealed class JobReader(NpgsqlDataSource database)
{
    // What a job that has not ended is doing: a mark of a lease that has passed on, or run out, is of a run that was lost.
    private const string StateOfActive =
        """
        case when exists (select from workers w where w.app_id = j.app_id and w.fence = j.fence and w.lease_until > now()) then 'running'
             when j.scheduled and j.run_at > now() then 'scheduled'
             else 'queued' end
        """;

    private const string Active =
        $"""
        select id, app_id, {StateOfActive} as state, payload, null::json as result, error, read_ct, max_attempts, priority, run_at, enqueued_at, started_at,
          null::timestamptz as ended_at, progress, progress_note, user_id
        from jobs j
        """;

    private const string Ended =
        """
        select id, app_id, state, payload, result, error, read_ct, max_attempts, priority, run_at, enqueued_at, started_at, ended_at, progress, progress_note, user_id
        from ended_jobs j
        """;

    // Planned ahead, and taken back if its cron is changed: not in the queue yet.
    private const string IsComingOccurrence = "j.cron_id is not null and j.scheduled and j.read_ct = 0 and j.run_at > now()";

    /// <summary>The jobs that have not ended, without occurrences of crons that are still to come, or the completed ones; newest id first.</summary>
    /// <param name="appId">Whose.</param>
    /// <param name="archived">The completed ones; their time is that of their end.</param>
    /// <param name="range">Which of them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyList<JobRow>> ListAsync(string appId, bool archived, JobRange range, CancellationToken cancellationToken)
    {
        var from = archived ? "ended_at as at from ended_jobs j" : "enqueued_at as at from jobs j";
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"select id, app_id, payload, user_id, read_ct, {from} where {range.Filter} and {(archived ? "state = 'completed'" : $"not ({IsComingOccurrence})")} {JobRange.Order}",
            range.Parameters(appId), cancellationToken: cancellationToken));
        return [.. rows.Select(row => new JobRow(row.Id, row.AppId, new RawJson(row.Payload), row.UserId, row.ReadCt, row.At))];
    }

    /// <summary>The jobs in one state with all that is known of them, newest id first.</summary>
    public async Task<IReadOnlyList<JobDetail>> ListAsync(string appId, JobState state, JobRange range, CancellationToken cancellationToken)
    {
        var sql = state.IsEnded()
            ? $"{Ended} where state = @state and {range.Filter} {JobRange.Order}"
            : $"{Active} where {StateOfActive} = @state and {OnlyCandidates(state)} and {range.Filter} {JobRange.Order}";
        var parameters = range.Parameters(appId);
        parameters.Add("state", state.Name());
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken));
        return [.. rows.Select(row => row.ToDetail())];
    }

    /// <summary>One job, or null if the app has none of that id.</summary>
    public async Task<JobDetail?> FindAsync(string appId, long id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(
            $"{Active} where app_id = @appId and id = @id union all {Ended} where app_id = @appId and id = @id limit 1",
            new { appId, id }, cancellationToken: cancellationToken));
        return row?.ToDetail();
    }

    /// <summary>How many there are in each state. Those that have ended are not counted anew: their number is kept.</summary>
    public async Task<JobCounts> CountAsync(string appId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var (ready, waiting, scheduled, running) = await connection.QuerySingleAsync<(long Ready, long Waiting, long Scheduled, long Running)>(new CommandDefinition(
            """
            select
              (select count(*) from jobs where app_id = @appId and not scheduled),
              (select count(*) from jobs where app_id = @appId and scheduled),
              (select count(*) from jobs where app_id = @appId and scheduled and run_at > now()),
              (select count(*) from jobs j join workers w on w.app_id = j.app_id and w.fence = j.fence and w.lease_until > now()
               where j.app_id = @appId and j.fence is not null)
            """,
            new { appId }, cancellationToken: cancellationToken));
        var ended = (await connection.QueryAsync<(string State, long Jobs)>(new CommandDefinition(
            "select state, sum(jobs)::bigint from job_counts where app_id = @appId group by state",
            new { appId }, cancellationToken: cancellationToken))).ToDictionary(row => row.State, row => row.Jobs);
        return new JobCounts(ready + waiting - scheduled - running, scheduled, running, Of(JobState.Completed), Of(JobState.Failed), Of(JobState.Cancelled));

        long Of(JobState state) => ended.GetValueOrDefault(state.Name());
    }

    // What an index finds, so that not every job is looked at.
    private static string OnlyCandidates(JobState state) => state switch
    {
        JobState.Running => "j.fence is not null",
        JobState.Scheduled => "j.scheduled",
        _ => "true",
    };

    private sealed class Row
    {
        public long Id { get; init; }

        public string AppId { get; init; } = "";

        public string State { get; init; } = "";

        public string Payload { get; init; } = "";

        public string? Result { get; init; }

        public string? Error { get; init; }

        public int ReadCt { get; init; }

        public short MaxAttempts { get; init; }

        public short Priority { get; init; }

        public DateTime RunAt { get; init; }

        public DateTime EnqueuedAt { get; init; }

        public DateTime At { get; init; }

        public DateTime? StartedAt { get; init; }

        public DateTime? EndedAt { get; init; }

        public float? Progress { get; init; }

        public string? ProgressNote { get; init; }

        public Guid? UserId { get; init; }

        public JobDetail ToDetail() => new(
            Id, AppId, State, new RawJson(Payload), Result is null ? null : new RawJson(Result), Error, ReadCt, MaxAttempts, Priority,
            RunAt, EnqueuedAt, StartedAt, EndedAt, Progress, ProgressNote, UserId);
    }
}

/// <summary>Which part of a list of jobs.</summary>
/// <param name="Owner">Only this user's; null: everybody's.</param>
/// <param name="Most">At most so many.</param>
/// <param name="Before">Only those with a smaller id; null: from the newest on.</param>
public sealed record JobRange(Guid? Owner, int Most, long? Before)
{
    internal const string Order = "order by id desc limit @Most";

    internal string Filter =>
        $"j.app_id = @appId{(Owner is null ? "" : " and j.user_id = @Owner")}{(Before is null ? "" : " and j.id < @Before")}";

    internal DynamicParameters Parameters(string appId)
    {
        var parameters = new DynamicParameters(new { appId, Most });
        parameters.Add("Owner", Owner);
        parameters.Add("Before", Before);
        return parameters;
    }
}
