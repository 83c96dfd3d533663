using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Crons;
using RootCx.Core.Doorbells;
using RootCx.Core.Jobs;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Crons;

/// <summary>Planning on a database of its own, at times that the test sets.</summary>
public sealed class CronPlannerTests(PlatformStack stack)
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Of_ten_minutes_of_a_thousand_crons_three_planners_at_once_enqueue_each_occurrence_once()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        var database = empty.Get<NpgsqlDataSource>();
        await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync(
            """
            insert into apps (id) select 'app' || n from generate_series(0, 49) n;
            insert into crons (app_id, name, schedule, payload, job_payload, overlap_policy, enabled, anchor, next_at)
            select 'app' || n % 50, 'cron' || n, '10 seconds', '{}', '{}', 'skip', true, @start + n * interval '1 ms', @start + n * interval '1 ms' + interval '10 seconds'
            from generate_series(0, 999) n
            """,
            new { start = Start.UtcDateTime });
        var clocks = Enumerable.Range(0, 3).Select(_ => new MovedClock(Start)).ToList();
        var planners = clocks.ConvertAll(clock => Planner(empty, clock));
        var random = new Random(1);

        for (var minute = 0.0; minute <= 10; minute += 0.5)
        {
            await Task.WhenAll(planners.Select(async (planner, number) =>
            {
                clocks[number].Now = Start + TimeSpan.FromMinutes(minute) + TimeSpan.FromSeconds(random.Next(-5, 5)); // they don't agree on the time either
                await planner.PlanAsync(TestContext.Current.CancellationToken);
            }));
            await connection.ExecuteAsync("update jobs set scheduled = false");
            await RunAsync(database, TestContext.Current.CancellationToken); // so that no key in the queue guards against a second one
        }

        var end = (Start + TimeSpan.FromMinutes(10)).UtcDateTime;
        var counted = await connection.QuerySingleAsync<(long Jobs, long Occurrences, long Crons, long Made, long Missed)>(
            """
            select count(*) filter (where cron_due <= @end), count(distinct (cron_id, cron_due)) filter (where cron_due <= @end), count(distinct cron_id),
              count(*) filter (where cron_cause <> 'schedule'), (select count(*) from cron_gaps)
            from ended_jobs
            """,
            new { end });
        Assert.Equal((59_001, 59_001, 1000, 0, 0), counted); // the first one fires 60 times until the end, the others 59 times
        Assert.Equal(0, await connection.ExecuteScalarAsync<long>(
            "select count(*) from (select cron_due - lag(cron_due) over (partition by cron_id order by cron_due) as gap from ended_jobs) g where gap <> interval '10 seconds'"));
    }

    [Theory]
    [InlineData(1, 57)]
    [InlineData(3, 55)]
    [InlineData(0, 58)]
    [InlineData(1000, 0)]
    public async Task After_a_downtime_the_latest_are_made_up_for_and_the_others_recorded_as_missed(int catchUp, int missed)
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        var (cron, clock, planner) = await CronAsync(empty, "* * * * *", new CronOptions { CatchUp = catchUp });
        await planner.PlanAsync(TestContext.Current.CancellationToken); // 00:01 and 00:02

        clock.Now = Start.AddMinutes(60.5);
        await planner.PlanAsync(TestContext.Current.CancellationToken);
        await planner.PlanAsync(TestContext.Current.CancellationToken);

        await using var connection = await empty.Get<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        var jobs = (await connection.QueryAsync<(DateTime Due, string Cause)>("select cron_due, cron_cause from jobs order by cron_due")).ToList();
        var made = Math.Min(catchUp, 58);
        Assert.Equal(
            [
                .. Minutes(1, 2).Select(due => (due, "schedule")),
                .. Minutes(61 - made, made).Select(due => (due, "catch-up")),
                .. Minutes(61, 2).Select(due => (due, "schedule")),
            ],
            jobs);
        var runs = await empty.Get<CronReader>().RunsAsync(cron.Id, 500, TestContext.Current.CancellationToken);
        Assert.Equal(made, runs.Count(run => run.Trigger == "catch-up"));
        Assert.Equal(missed > 0 ? 1 : 0, runs.Count(run => run.Status == "missed"));
        if (missed > 0)
        {
            var gap = Assert.Single(runs, run => run.Status == "missed");
            Assert.Equal($"{missed} missed, from 2026-01-01T00:03:00Z to {Start.AddMinutes(2 + missed):yyyy-MM-ddTHH:mm:ssZ}", gap.ReturnMessage);
            Assert.Equal((Start.AddMinutes(2 + missed).UtcDateTime, null), (gap.DueAt, gap.JobPid));
        }
    }

    [Fact]
    public async Task Of_several_due_at_once_only_the_latest_runs_unless_they_queue()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        var (skipping, _, planner) = await CronAsync(empty, "* * * * *", new CronOptions { CatchUp = 5 }, nextAt: Start.AddMinutes(-5));
        var (queueing, _, _) = await CronAsync(empty, "* * * * *", new CronOptions { CatchUp = 5 }, OverlapPolicies.Queue, Start.AddMinutes(-5));
        await planner.PlanAsync(TestContext.Current.CancellationToken);
        await using var connection = await empty.Get<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);

        // All of this is in the past for the database, and nobody runs the app.
        await empty.Get<CronSettlement>().SettleAbandonedAsync(TestContext.Current.CancellationToken);

        Assert.Equal([Start.AddMinutes(2).UtcDateTime], await ReadyAsync(connection, skipping.Id));
        Assert.Equal(Minutes(-5, 8), await ReadyAsync(connection, queueing.Id));
        var runs = await empty.Get<CronReader>().RunsAsync(skipping.Id, 500, TestContext.Current.CancellationToken);
        Assert.Equal(["queued", .. Enumerable.Repeat("skipped", 7)], runs.Select(run => run.Status));
        Assert.Equal(Minutes(-5, 8).Reverse(), runs.Select(run => run.DueAt));
        Assert.Equal("an earlier run had not ended", runs[1].ReturnMessage);
    }

    [Fact]
    public async Task No_occurrence_is_lost_or_doubled_while_a_cron_is_changed_and_others_plan_and_decide()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        var database = empty.Get<NpgsqlDataSource>();
        var store = empty.Get<CronStore>();
        await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync("insert into apps (id) values ('app')");
        var crons = new List<Cron>();
        for (var n = 0; n < 5; n++)
        {
            crons.Add(await store.CreateAsync("app", new NewCron($"cron{n}", "1 seconds", null, "{}", OverlapPolicies.Queue), null, TestContext.Current.CancellationToken));
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var round = 0;
        Task[] loops =
        [
            AgainAsync(() => empty.Get<CronPlanner>().PlanAsync(stop.Token)),
            AgainAsync(() => empty.Get<CronPlanner>().PlanAsync(stop.Token)),
            AgainAsync(() => empty.Get<CronSettlement>().SettleAsync(["app"], stop.Token)),
            AgainAsync(() => empty.Get<CronSettlement>().SettleAsync(["app"], stop.Token)),
            AgainAsync(() => store.ChangeAsync("app", crons[round++ % 5].Id, new CronChange(Payload: $$"""{"round":{{round}}}"""), stop.Token)),
            AgainAsync(() => RunAsync(database, stop.Token)),
        ];
        await Task.Delay(TimeSpan.FromSeconds(6), TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => Task.FromResult(round > 50), () => $"only {round} changes", TimeSpan.FromSeconds(60));
        await stop.CancelAsync();
        await Task.WhenAll(loops);

        Assert.Equal(["app"], await empty.Get<CronSettlement>().SettleAsync(["app"], TestContext.Current.CancellationToken));
        await RunAsync(database, TestContext.Current.CancellationToken);
        foreach (var cron in crons)
        {
            var ran = (await connection.QueryAsync<DateTime>("select cron_due from ended_jobs where cron_id = @Id order by cron_due", new { cron.Id })).ToList();
            Assert.True(ran.Count >= 5, $"{ran.Count} ran");
            Assert.Equal(Enumerable.Range(0, ran.Count).Select(second => ran[0].AddSeconds(second)), ran);
            Assert.InRange(ran[0] - cron.CreatedAt, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(1.1));
        }

        async Task AgainAsync(Func<Task> step)
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    await step();
                }
                catch (OperationCanceledException) when (stop.IsCancellationRequested)
                {
                    return;
                }
            }
        }
    }

    [Fact]
    public async Task A_change_takes_back_what_is_to_come_and_leaves_what_has_come()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        var database = empty.Get<NpgsqlDataSource>();
        var (cron, clock, planner) = await CronAsync(empty, "* * * * *", new CronOptions());
        await planner.PlanAsync(TestContext.Current.CancellationToken); // 00:01 and 00:02
        clock.Now = Start.AddMinutes(1);
        await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var store = Store(empty, planner, clock);

        await store.ChangeAsync("app", cron.Id, new CronChange(Payload: """{"new":true}"""), TestContext.Current.CancellationToken);
        Assert.Equal(
            [(Start.AddMinutes(1).UtcDateTime, $$"""{"cron_id":"{{cron.Id}}"}"""), .. Minutes(2, 2).Select(due => (due, $$"""{"new":true,"cron_id":"{{cron.Id}}"}"""))],
            await JobsAsync());

        await store.ChangeAsync("app", cron.Id, new CronChange(Schedule: "0 0 * * *"), TestContext.Current.CancellationToken);
        Assert.Equal(Minutes(1, 1), (await JobsAsync()).Select(job => job.Due));
        await store.ChangeAsync("app", cron.Id, new CronChange(Schedule: "1 0 * * *", Timezone: new TimezoneChange("Etc/GMT+1")), TestContext.Current.CancellationToken);
        Assert.Equal(Start.AddHours(1).AddMinutes(1).UtcDateTime, await connection.ExecuteScalarAsync<DateTime>("select next_at from crons"));

        await store.ChangeAsync("app", cron.Id, new CronChange(Schedule: "30 seconds"), TestContext.Current.CancellationToken);
        Assert.Equal([1, 1.5, 2, 2.5, 3], (await JobsAsync()).Select(job => (job.Due - Start.UtcDateTime).TotalMinutes));
        clock.Now += TimeSpan.FromSeconds(10);
        await store.ChangeAsync("app", cron.Id, new CronChange(OverlapPolicy: OverlapPolicies.Queue), TestContext.Current.CancellationToken);
        Assert.Equal([1, 1.5, 2, 2.5, 3], (await JobsAsync()).Select(job => (job.Due - Start.UtcDateTime).TotalMinutes)); // in the same beat

        await store.ChangeAsync("app", cron.Id, new CronChange(Enabled: false), TestContext.Current.CancellationToken);
        clock.Now = Start.AddMinutes(30);
        await planner.PlanAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Minutes(1, 1), (await JobsAsync()).Select(job => job.Due));
        await store.ChangeAsync("app", cron.Id, new CronChange(Enabled: true), TestContext.Current.CancellationToken);
        Assert.Equal([1, 30.5, 31, 31.5, 32], (await JobsAsync()).Select(job => (job.Due - Start.UtcDateTime).TotalMinutes)); // what came in the pause is not missed
        Assert.Equal(0, await connection.ExecuteScalarAsync<long>("select count(*) from cron_gaps"));

        async Task<List<(DateTime Due, string Payload)>> JobsAsync() =>
            (await connection.QueryAsync<(DateTime Due, string Payload)>("select cron_due, payload::text from jobs order by cron_due")).AsList();
    }

    [Fact]
    public async Task A_change_makes_up_for_what_was_late_before_it()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        var (cron, clock, planner) = await CronAsync(empty, "10 seconds", new CronOptions());
        clock.Now = Start.AddHours(1); // nobody planned anything for an hour
        await Store(empty, planner, clock).ChangeAsync("app", cron.Id, new CronChange(Enabled: false), TestContext.Current.CancellationToken);

        var runs = await empty.Get<CronReader>().RunsAsync(cron.Id, 50, TestContext.Current.CancellationToken);
        Assert.Equal([("queued", "catch-up", null), ("missed", "schedule", "353 missed, from 2026-01-01T00:01:00Z to 2026-01-01T00:59:40Z")], runs.Select(run => (run.Status, run.Trigger, run.ReturnMessage)));
        Assert.Equal(Start.AddHours(1).AddSeconds(-10).UtcDateTime, runs[0].DueAt);
    }

    [Fact]
    public async Task What_waits_of_a_cron_that_is_deleted_is_decided_about_first()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        var (cron, _, planner) = await CronAsync(empty, "* * * * *", new CronOptions { CatchUp = 5 }, nextAt: Start.AddMinutes(-5));
        await planner.PlanAsync(TestContext.Current.CancellationToken); // all in the past for the database
        await empty.Get<CronStore>().DeleteAsync("app", cron.Id, TestContext.Current.CancellationToken);

        await using var connection = await empty.Get<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        Assert.Equal([Start.AddMinutes(2).UtcDateTime], await ReadyAsync(connection, cron.Id));
        Assert.Equal(1, await connection.ExecuteScalarAsync<long>("select count(*) from jobs"));
    }

    [Fact]
    public async Task An_app_whose_cron_is_being_changed_holds_up_no_other()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        var database = empty.Get<NpgsqlDataSource>();
        await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var changing = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('rootcx_system.crons.one', 0))");

        var settlement = empty.Get<CronSettlement>();
        Assert.Equal(["other"], await settlement.SettleAsync(["one", "other"], TestContext.Current.CancellationToken));
        await changing.CommitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["one", "other"], (await settlement.SettleAsync(["one", "other"], TestContext.Current.CancellationToken)).Order());
    }

    [Fact]
    public async Task A_cron_that_can_not_be_read_holds_up_no_other()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        var (strange, _, planner) = await CronAsync(empty, "* * * * *", new CronOptions());
        var (plain, _, _) = await CronAsync(empty, "* * * * *", new CronOptions());
        await using var connection = await empty.Get<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync("update crons set timezone = 'Atlantis/Capital' where id = @Id", new { strange.Id });

        await planner.PlanAsync(TestContext.Current.CancellationToken);

        Assert.Equal([plain.Id, plain.Id], await connection.QueryAsync<Guid>("select cron_id from jobs"));
        var shown = await empty.Get<CronReader>().ListAsync("app", new CronRange(null, true), TestContext.Current.CancellationToken);
        Assert.Equal([0, 5], shown.Select(cron => cron.NextRuns.Count).Order());
    }

    [Fact]
    public async Task An_occurrence_that_was_cancelled_stays_so_when_its_cron_is_changed()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        var (cron, clock, planner) = await CronAsync(empty, "* * * * *", new CronOptions());
        await planner.PlanAsync(TestContext.Current.CancellationToken); // 00:01 and 00:02
        await using var connection = await empty.Get<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        var first = await connection.ExecuteScalarAsync<long>("select id from jobs order by cron_due limit 1");
        await empty.Get<JobControl>().CancelAsync("app", first, null, TestContext.Current.CancellationToken);

        await Store(empty, planner, clock).ChangeAsync("app", cron.Id, new CronChange(Payload: """{"a":1}"""), TestContext.Current.CancellationToken);

        Assert.Equal(Minutes(2, 1), await connection.QueryAsync<DateTime>("select cron_due from jobs"));
    }

    private static CronPlanner Planner(EmptyPlatform empty, MovedClock clock, CronOptions? options = null) =>
        new(empty.Get<NpgsqlDataSource>(), clock, empty.Get<Doorbell>(), Options.Create(options ?? new CronOptions()), NullLogger<CronPlanner>.Instance);

    private static CronStore Store(EmptyPlatform empty, CronPlanner planner, MovedClock clock) =>
        new(empty.Get<NpgsqlDataSource>(), planner, clock, empty.Get<Doorbell>(), empty.Get<IOptions<CronOptions>>());

    private static IEnumerable<DateTime> Minutes(int first, int count) => Enumerable.Range(first, count).Select(minute => Start.AddMinutes(minute).UtcDateTime);

    // One whose next occurrence nobody has planned yet.
    private static async Task<(Cron Cron, MovedClock Clock, CronPlanner Planner)> CronAsync(
        EmptyPlatform empty, string schedule, CronOptions options, string overlapPolicy = OverlapPolicies.Skip, DateTimeOffset? nextAt = null)
    {
        var clock = new MovedClock(Start);
        var planner = Planner(empty, clock, options);
        await using var connection = await empty.Get<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync("insert into apps (id) values ('app') on conflict do nothing");
        var cron = await Store(empty, planner, clock).CreateAsync(
            "app", new NewCron(App.NewId(), schedule, null, "{}", overlapPolicy), null, TestContext.Current.CancellationToken);
        await connection.ExecuteAsync(
            "delete from jobs where cron_id = @Id; update crons set next_at = @next where id = @Id", new { cron.Id, next = (nextAt ?? Start.AddMinutes(1)).UtcDateTime });
        return (cron, clock, planner);
    }

    private static async Task<IEnumerable<DateTime>> ReadyAsync(NpgsqlConnection connection, Guid cronId) => await connection.QueryAsync<DateTime>(
        "select cron_due from jobs where cron_id = @cronId and not scheduled order by cron_due", new { cronId });

    // What is ready ends at once.
    private static async Task RunAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            with gone as (delete from jobs where not scheduled returning *)
            insert into ended_jobs (app_id, id, state, payload, priority, run_at, max_attempts, attempts, backoff_seconds, read_ct, enqueued_at, ended_at, cron_id, cron_due, cron_cause)
            select app_id, id, 'completed', payload, priority, run_at, max_attempts, attempts, backoff_seconds, read_ct, enqueued_at, now(), cron_id, cron_due, cron_cause from gone
            """);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private sealed class MovedClock(DateTimeOffset now) : CronClock
    {
        public DateTimeOffset Now { get; set; } = now;

        public override Task<DateTimeOffset> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => Task.FromResult(Now);
    }
}
