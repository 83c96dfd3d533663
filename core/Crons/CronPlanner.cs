using Dapper;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using RootCx.Core.Database;
using RootCx.Core.Doorbells;

namespace RootCx.Core.Crons;

/// <summary>
/// Turns the coming occurrences of crons into jobs that wait for their time. A cron's row says which occurrence comes next; whoever holds its lock decides
/// about it, so any number of planners at once enqueue each occurrence once.
/// </summary>
public sealed partial class CronPlanner(
    NpgsqlDataSource database, CronClock clock, Doorbell doorbell, IOptions<CronOptions> options, ILogger<CronPlanner> logger)
{
    private const int Batch = 50;

    /// <summary>Plans every cron that has an occurrence before the horizon and is not being planned by somebody else.</summary>
    public async Task PlanAsync(CancellationToken cancellationToken)
    {
        var unreadable = new List<Guid>();
        while (await PlanSomeAsync(unreadable, cancellationToken) == Batch)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Plans one cron, whose row the caller has locked and whose next occurrence follows <paramref name="now"/>.</summary>
    internal Task PlanAsync(NpgsqlConnection connection, Guid cronId, CronTimetable timetable, DateTimeOffset now, CancellationToken cancellationToken) => WriteAsync(
        connection, [(cronId, CronPlan.Make(timetable, timetable.After(now), now, options.Value.Horizon, options.Value.CatchUp))], isAnew: true, cancellationToken);

    /// <summary>Makes up for what is late of a cron before it is changed, or records it as missed; the caller has locked its row.</summary>
    internal async Task CatchUpAsync(NpgsqlConnection connection, CronRow cron, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (cron.NextAt is { } next && new DateTimeOffset(next) < now && cron.TryTimetable() is { } timetable)
        {
            var plan = CronPlan.OfPast(timetable, new DateTimeOffset(next), now, options.Value.CatchUp);
            await WriteAsync(connection, [(cron.Id, plan)], isAnew: false, cancellationToken);
        }
    }

    private async Task<int> PlanSomeAsync(List<Guid> unreadable, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var now = await clock.ReadAsync(connection, cancellationToken);
        var crons = (await connection.QueryAsync<CronRow>(new CommandDefinition(
            $"""
            select {CronRow.Columns} from crons
            where next_at <= @until and id <> all (@unreadable) order by next_at limit @Batch for no key update skip locked
            """,
            new { until = (now + options.Value.Horizon).UtcDateTime, unreadable, Batch }, cancellationToken: cancellationToken))).AsList();
        var plans = new List<(Guid CronId, CronPlan Plan)>(crons.Count);
        foreach (var cron in crons)
        {
            if (cron.TryTimetable() is { } timetable)
            {
                plans.Add((cron.Id, CronPlan.Make(timetable, new DateTimeOffset(cron.NextAt!.Value), now, options.Value.Horizon, options.Value.CatchUp))); // it was compared
            }
            else
            {
                unreadable.Add(cron.Id);
                Log.Unreadable(logger, cron.Id, cron.AppId, cron.Schedule, cron.Timezone);
            }
        }

        await WriteAsync(connection, plans, isAnew: false, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        if (plans.Sum(plan => plan.Plan.Missed?.Count ?? 0) is var missed and > 0)
        {
            Log.Missed(logger, missed, plans.Count(plan => plan.Plan.Missed is not null));
        }

        foreach (var appId in crons.Select(cron => cron.AppId).Distinct())
        {
            doorbell.Ring(Topics.Jobs, appId);
        }

        return crons.Count;
    }

    // Where a cron is planned anew, some of its occurrences may have been cancelled by hand; they stay so.
    private static async Task WriteAsync(
        NpgsqlConnection connection, List<(Guid CronId, CronPlan Plan)> plans, bool isAnew, CancellationToken cancellationToken)
    {
        var jobs = new NpgsqlBatchCommand(
            $"""
            insert into jobs (app_id, payload, user_id, run_at, scheduled, cron_id, cron_due, cron_cause)
            select cron.app_id, cron.job_payload, cron.created_by, occurrence.due, true, cron.id, occurrence.due, occurrence.cause
            from unnest($1, $2, $3) as occurrence (cron_id, due, cause) join crons cron on cron.id = occurrence.cron_id
            {(isAnew ? "where not exists (select from ended_jobs ended where ended.cron_id = cron.id and ended.cron_due = occurrence.due)" : "")}
            order by occurrence.due
            on conflict do nothing
            """);
        var occurrences = plans.SelectMany(plan => Occurrences(plan.CronId, plan.Plan)).ToList();
        jobs.Parameters.Add(ArrayParameter.Of(NpgsqlDbType.Uuid, occurrences.Select(occurrence => occurrence.CronId)));
        jobs.Parameters.Add(ArrayParameter.Of(NpgsqlDbType.TimestampTz, occurrences.Select(occurrence => occurrence.Due.UtcDateTime)));
        jobs.Parameters.Add(ArrayParameter.Of(NpgsqlDbType.Text, occurrences.Select(occurrence => occurrence.Cause)));

        var gaps = new NpgsqlBatchCommand(
            """
            insert into cron_gaps (cron_id, state, first_due, last_due, occurrences)
            select cron_id, 'missed', first_due, last_due, occurrences from unnest($1, $2, $3, $4) as gap (cron_id, first_due, last_due, occurrences)
            """);
        List<(Guid CronId, MissedOccurrences Missed)> missed = [.. plans.Where(plan => plan.Plan.Missed is not null).Select(plan => (plan.CronId, plan.Plan.Missed!))];
        gaps.Parameters.Add(ArrayParameter.Of(NpgsqlDbType.Uuid, missed.Select(gap => gap.CronId)));
        gaps.Parameters.Add(ArrayParameter.Of(NpgsqlDbType.TimestampTz, missed.Select(gap => gap.Missed.First.UtcDateTime)));
        gaps.Parameters.Add(ArrayParameter.Of(NpgsqlDbType.TimestampTz, missed.Select(gap => gap.Missed.Last.UtcDateTime)));
        gaps.Parameters.Add(ArrayParameter.Of(NpgsqlDbType.Bigint, missed.Select(gap => gap.Missed.Count)));

        var next = new NpgsqlBatchCommand(
            "update crons set next_at = plan.next_at from unnest($1, $2) as plan (cron_id, next_at) where crons.id = plan.cron_id");
        next.Parameters.Add(ArrayParameter.Of(NpgsqlDbType.Uuid, plans.Select(plan => plan.CronId)));
        next.Parameters.Add(ArrayParameter.Of(NpgsqlDbType.TimestampTz, plans.Select(plan => plan.Plan.NextAt?.UtcDateTime)));

        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { jobs, gaps, next } };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static IEnumerable<(Guid CronId, DateTimeOffset Due, string Cause)> Occurrences(Guid cronId, CronPlan plan) =>
        [.. plan.Late.Select(due => (cronId, due, CronCauses.CatchUp)), .. plan.Ahead.Select(due => (cronId, due, CronCauses.Schedule))];

    private static partial class Log
    {
        [LoggerMessage(1201, LogLevel.Error, "Cron {Id} of {AppId} can't be planned here: its schedule '{Schedule}' or its time zone '{Timezone}' is not known to this version")]
        public static partial void Unreadable(ILogger logger, Guid id, string appId, string schedule, string? timezone);

        [LoggerMessage(1202, LogLevel.Warning, "{Occurrences} occurrences of {Crons} crons were missed: nobody planned them in time")]
        public static partial void Missed(ILogger logger, long occurrences, int crons);
    }
}

/// <summary>Why a run was enqueued, in the database and on the wire.</summary>
internal static class CronCauses
{
    /// <summary>Its time was coming.</summary>
    public const string Schedule = "schedule";

    /// <summary>It was missed during a downtime, and is made up for.</summary>
    public const string CatchUp = "catch-up";
}
