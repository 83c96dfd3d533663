using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using RootCx.Core.Database;
using RootCx.Core.Doorbells;
using RootCx.Core.Errors;
using RootCx.Core.Telemetry;

namespace RootCx.Core.Jobs;

/// <summary>Enqueues jobs. What it returns is in the database.</summary>
public sealed class JobQueue(NpgsqlDataSource database, Doorbell doorbell, IOptions<JobOptions> options, TimeProvider time)
{
    /// <summary>Enqueues a job; returns its id, which is an earlier job's if its key stands for that.</summary>
    /// <exception cref="RefusedException">There is no such app (404).</exception>
    public async Task<long> EnqueueAsync(string appId, NewJob job, CancellationToken cancellationToken)
    {
        if (job.IdempotencyKey is not null)
        {
            return (await EnqueueAsync(appId, [job], cancellationToken))[0];
        }

        var runAt = Ahead(job.RunAt);
        await using var command = database.CreateCommand(
            """
            insert into jobs (app_id, payload, user_id, priority, run_at, scheduled, max_attempts, backoff_seconds, timeout_seconds, trace)
            select $1, $2, $3, $4, coalesce($5, now()), $5 is not null, $6, $7, $8, $9
            where exists (select from apps where id = $1)
            returning id
            """);
        var parameters = command.Parameters;
        parameters.Add(new NpgsqlParameter<string> { TypedValue = appId });
        parameters.Add(new NpgsqlParameter<string> { TypedValue = job.Payload, NpgsqlDbType = NpgsqlDbType.Json });
        parameters.Add(new NpgsqlParameter<Guid?> { TypedValue = job.UserId, NpgsqlDbType = NpgsqlDbType.Uuid });
        parameters.Add(new NpgsqlParameter<short> { TypedValue = (short)job.Priority });
        parameters.Add(new NpgsqlParameter<DateTime?> { TypedValue = runAt, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        parameters.Add(new NpgsqlParameter<short> { TypedValue = (short)job.MaxAttempts });
        parameters.Add(new NpgsqlParameter<int> { TypedValue = job.BackoffSeconds });
        parameters.Add(new NpgsqlParameter<int?> { TypedValue = job.TimeoutSeconds, NpgsqlDbType = NpgsqlDbType.Integer });
        parameters.Add(Trace());
        var id = await command.ExecuteScalarAsync(cancellationToken) as long? ?? throw NotFound(appId);
        doorbell.Ring(Topics.Jobs, appId);
        return id;
    }

    /// <summary>Enqueues all of them or none; returns their ids in the same order.</summary>
    /// <exception cref="RefusedException">There is no such app (404).</exception>
    public async Task<IReadOnlyList<long>> EnqueueAsync(string appId, IReadOnlyList<NewJob> jobs, CancellationToken cancellationToken)
    {
        var keyed = jobs.Any(job => job.IdempotencyKey is not null);

        // A key that comes twice is one job; the first one counts.
        var distinct = keyed ? [.. jobs.DistinctBy(job => (object?)job.IdempotencyKey ?? new object())] : jobs;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = keyed ? await connection.BeginTransactionAsync(cancellationToken) : null;
        var inserted = await InsertAsync(connection, appId, distinct, keyed, cancellationToken);
        var ids = keyed ? await ResolveAsync(connection, appId, jobs, inserted, cancellationToken) : [.. inserted.Select(row => row.Id)];
        if (transaction is not null)
        {
            await transaction.CommitAsync(cancellationToken);
        }

        doorbell.Ring(Topics.Jobs, appId);
        return ids;
    }

    private static RefusedException NotFound(string appId) => new(Refusal.NotFound, $"app '{appId}' not found");

    // Ids are drawn in the order of the jobs, so their own order tells which is whose.
    private async Task<List<(long Id, string? Key)>> InsertAsync(
        NpgsqlConnection connection, string appId, IReadOnlyList<NewJob> jobs, bool keyed, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(keyed ? InsertKeyed : Insert, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = appId });
        Add(NpgsqlDbType.Json, jobs.Select(job => job.Payload));
        Add(NpgsqlDbType.Uuid, jobs.Select(job => job.UserId));
        Add(NpgsqlDbType.Smallint, jobs.Select(job => (short)job.Priority));
        Add(NpgsqlDbType.TimestampTz, jobs.Select(job => Ahead(job.RunAt)));
        Add(NpgsqlDbType.Smallint, jobs.Select(job => (short)job.MaxAttempts));
        Add(NpgsqlDbType.Integer, jobs.Select(job => job.BackoffSeconds));
        Add(NpgsqlDbType.Integer, jobs.Select(job => job.TimeoutSeconds));
        command.Parameters.Add(Trace());
        if (keyed)
        {
            Add(NpgsqlDbType.Text, jobs.Select(job => job.IdempotencyKey));
            command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = options.Value.IdempotencyWindow });
        }

        var rows = new List<(long Id, string? Key)>(jobs.Count);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add((reader.GetInt64(0), keyed && !await reader.IsDBNullAsync(1, cancellationToken) ? reader.GetString(1) : null));
        }

        await reader.NextResultAsync(cancellationToken);
        if (rows.Count < jobs.Count && !keyed)
        {
            throw NotFound(appId);
        }

        rows.Sort((one, other) => one.Id.CompareTo(other.Id));
        return rows;

        void Add<T>(NpgsqlDbType type, IEnumerable<T> values) => command.Parameters.Add(ArrayParameter.Of(type, values));
    }

    // A second statement, so that it sees what those committed that the first one waited for.
    private static async Task<IReadOnlyList<long>> ResolveAsync(
        NpgsqlConnection connection, string appId, IReadOnlyList<NewJob> jobs, List<(long Id, string? Key)> inserted, CancellationToken cancellationToken)
    {
        var byKey = new Dictionary<string, long>();
        await using var command = new NpgsqlCommand("select key, job_id from job_keys where app_id = $1 and key = any ($2)", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = appId });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. jobs.Select(job => job.IdempotencyKey).OfType<string>()] });
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                byKey[reader.GetString(0)] = reader.GetInt64(1);
            }
        }

        var unkeyed = new Queue<long>(inserted.Where(row => row.Key is null).Select(row => row.Id));
        if (jobs.Any(job => job.IdempotencyKey is { } key && !byKey.ContainsKey(key)) || unkeyed.Count < jobs.Count(job => job.IdempotencyKey is null))
        {
            throw NotFound(appId);
        }

        return [.. jobs.Select(job => job.IdempotencyKey is { } key ? byKey[key] : unkeyed.Dequeue())];
    }

    // They belong to whatever enqueues them.
    private static NpgsqlParameter<string?> Trace() => new() { TypedValue = TraceContext.Recorded?.Parent, NpgsqlDbType = NpgsqlDbType.Text };

    private DateTime? Ahead(DateTimeOffset? runAt) => runAt is { } moment && moment > time.GetUtcNow() ? moment.UtcDateTime : null;

    private const string Columns = "app_id, id, payload, user_id, priority, run_at, scheduled, max_attempts, backoff_seconds, timeout_seconds, trace";

    private const string Values =
        "$1, id, payload, user_id, priority, coalesce(run_at, now()), run_at is not null, max_attempts, backoff_seconds, timeout_seconds, $9";

    private static readonly string Insert =
        $"""
        with {Input("", "")}
        insert into jobs ({Columns}) select {Values} from input
        returning id
        """;

    private static readonly string InsertKeyed =
        $"""
        with {Input(", $10", ", key")},
        claimed as (
          insert into job_keys (app_id, key, job_id, expires_at)
          select $1, key, id, now() + $11 from input where key is not null order by key
          on conflict (app_id, key) do update set job_id = excluded.job_id, expires_at = excluded.expires_at
          where job_keys.expires_at <= now()
          returning key
        ),
        added as (
          insert into jobs ({Columns}) select {Values} from input where key is null or key in (select key from claimed)
          returning id
        )
        select added.id, input.key from added join input using (id)
        """;

    private static string Input(string parameter, string column) =>
        $"""
        input as materialized (
          select nextval('job_ids') as id, given.*
          from unnest($2, $3, $4, $5, $6, $7, $8{parameter}) with ordinality
            as given (payload, user_id, priority, run_at, max_attempts, backoff_seconds, timeout_seconds{column}, position)
          where exists (select from apps where id = $1)
          order by position
        )
        """;
}
