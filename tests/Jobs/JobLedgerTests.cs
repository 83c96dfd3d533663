using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Database;
using RootCx.Core.Doorbells;
using RootCx.Core.Jobs;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Jobs;

/// <summary>Jobs in the database, without anybody who runs them.</summary>
public sealed class JobLedgerTests(PlatformStack stack)
{
    [Fact]
    public async Task Whose_lease_has_passed_on_takes_marks_and_records_nothing()
    {
        await using var jobs = await JobTables.CreateAsync(stack);
        var id = await jobs.EnqueueAsync();
        Assert.Empty(await TakeAsync(jobs, fence: 6));
        Assert.Equal([id], (await TakeAsync(jobs, fence: 7)).Select(job => job.Id));

        await jobs.Ledger.MarkAsync([new JobMark("crm", id, 6, DateTimeOffset.UtcNow, 1, 1, null, null)], TestContext.Current.CancellationToken);
        Assert.Equal("queued", (await jobs.Reader.FindAsync("crm", id, TestContext.Current.CancellationToken))!.State);
        Assert.Empty(await RecordAsync(jobs, new JobOutcome("crm", id, 6, JobState.Completed) { Run = 1, Result = "1" }));
        Assert.Empty(await RecordAsync(jobs, new JobOutcome("crm", id, 6, JobState.Queued) { Run = 1, Lost = 1 }));
        Assert.Equal("queued", (await jobs.Reader.FindAsync("crm", id, TestContext.Current.CancellationToken))!.State);

        Assert.Equal([id], await RecordAsync(jobs, new JobOutcome("crm", id, 7, JobState.Completed) { Run = 1, Result = "1", Deliveries = 1 }));
        Assert.Empty(await RecordAsync(jobs, new JobOutcome("crm", id, 7, JobState.Failed) { Run = 1, Error = "too late" }));
        Assert.Equal("completed", (await jobs.Reader.FindAsync("crm", id, TestContext.Current.CancellationToken))!.State);
    }

    [Fact]
    public async Task What_is_in_hand_is_not_taken_again_and_each_app_gets_its_share()
    {
        await using var jobs = await JobTables.CreateAsync(stack);
        var flood = await jobs.Queue.EnqueueAsync("flood", [.. Enumerable.Repeat(new NewJob("{}"), 500)], TestContext.Current.CancellationToken);
        var other = await jobs.EnqueueAsync();

        var taken = await jobs.Ledger.TakeAsync([new JobDemand("flood", 7, 3), new JobDemand("crm", 7, 3)], [flood[0], flood[2]], TestContext.Current.CancellationToken);
        Assert.Equal([flood[1], flood[3], flood[4], other], taken.Select(job => job.Id).Order());
    }

    [Fact]
    public async Task A_key_is_forgotten_when_its_window_is_over_and_days_are_dropped_with_their_counts()
    {
        await using var jobs = await JobTables.CreateAsync(stack);
        var keyed = new NewJob("{}") { IdempotencyKey = "monthly" };
        var first = await jobs.Queue.EnqueueAsync("crm", keyed, TestContext.Current.CancellationToken);
        Assert.Equal(first, await jobs.Queue.EnqueueAsync("crm", keyed, TestContext.Current.CancellationToken));
        Assert.Equal([first], await RecordAsync(jobs, new JobOutcome("crm", first, 7, JobState.Failed) { Run = 1, Error = "no" }));
        await jobs.ExecuteAsync("update job_keys set expires_at = now(); update job_counts set day = day - 31; update ended_jobs set ended_at = ended_at - interval '31 days'");

        var second = await jobs.Queue.EnqueueAsync("crm", keyed, TestContext.Current.CancellationToken);
        Assert.NotEqual(first, second);
        await jobs.ExecuteAsync("update job_keys set expires_at = now()");
        await jobs.Maintenance.MaintainAsync(TestContext.Current.CancellationToken);
        await jobs.Maintenance.MaintainAsync(TestContext.Current.CancellationToken);

        Assert.Null(await jobs.Reader.FindAsync("crm", first, TestContext.Current.CancellationToken));
        Assert.Equal(new JobCounts(1, 0, 0, 0, 0, 0), await jobs.Reader.CountAsync("crm", TestContext.Current.CancellationToken));
        Assert.Equal(0, await jobs.ExecuteAsync("delete from job_keys"));
    }

    [Fact]
    public async Task A_job_of_a_supervisor_that_is_gone_is_queued_and_has_one_delivery_more_against_it()
    {
        await using var jobs = await JobTables.CreateAsync(stack);
        var id = await jobs.EnqueueAsync();
        await jobs.Ledger.MarkAsync([new JobMark("crm", id, 7, DateTimeOffset.UtcNow, 1, 1, 0.5, "half")], TestContext.Current.CancellationToken);
        Assert.Equal("running", (await jobs.Reader.FindAsync("crm", id, TestContext.Current.CancellationToken))!.State);

        await jobs.ExecuteAsync("update workers set fence = 8");
        Assert.Equal("queued", (await jobs.Reader.FindAsync("crm", id, TestContext.Current.CancellationToken))!.State);
        var again = Assert.Single(await TakeAsync(jobs, fence: 8));
        Assert.Equal((1, 1), (again.Deliveries, again.Lost));
    }

    [Fact]
    public async Task Nothing_is_recorded_of_a_delivery_that_is_over()
    {
        await using var jobs = await JobTables.CreateAsync(stack);
        var id = await jobs.EnqueueAsync();

        // Taken back while it ran without being on record as that, and tried anew: the first run's end is none of the second one's.
        Assert.Equal(JobState.Cancelled, await jobs.Control.CancelAsync("crm", id, owner: null, TestContext.Current.CancellationToken));
        await jobs.Control.RetryAsync("crm", id, owner: null, TestContext.Current.CancellationToken);
        Assert.Empty(await RecordAsync(jobs, new JobOutcome("crm", id, 7, JobState.Failed) { Run = 1, Error = "of the first run" }));

        // Put back, and a mark of it comes late.
        var second = Assert.Single(await TakeAsync(jobs, fence: 7)).Deliveries + 1;
        Assert.Equal([id], await RecordAsync(jobs, new JobOutcome("crm", id, 7, JobState.Queued) { Run = second, Deliveries = second }));
        Assert.Equal([id], await jobs.Ledger.MarkAsync([new JobMark("crm", id, 7, DateTimeOffset.UtcNow, second, 1, null, null)], TestContext.Current.CancellationToken));
        Assert.Equal("queued", (await jobs.Reader.FindAsync("crm", id, TestContext.Current.CancellationToken))!.State);
        Assert.Equal([id], await RecordAsync(jobs, new JobOutcome("crm", id, 7, JobState.Completed) { Run = second + 1, Deliveries = second + 1 }));
    }

    [Fact]
    public async Task Large_payloads_are_taken_a_few_at_a_time()
    {
        await using var jobs = await JobTables.CreateAsync(stack);
        await jobs.Queue.EnqueueAsync("crm", [.. Enumerable.Repeat(new NewJob($"\"{new string('x', 1_000_000)}\""), 40)], TestContext.Current.CancellationToken);
        var taken = await jobs.Ledger.TakeAsync([new JobDemand("crm", 7, 100)], [], TestContext.Current.CancellationToken);
        Assert.InRange(taken.Count, 16, 18);
    }

    private static Task<IReadOnlyList<JobDelivery>> TakeAsync(JobTables jobs, long fence) =>
        jobs.Ledger.TakeAsync([new JobDemand("crm", fence, 10)], [], TestContext.Current.CancellationToken);

    private static Task<IReadOnlySet<long>> RecordAsync(JobTables jobs, JobOutcome outcome) =>
        jobs.Ledger.RecordAsync([outcome], TestContext.Current.CancellationToken);

    // Two apps, both leased under fence 7.
    private sealed class JobTables : IAsyncDisposable
    {
        private readonly EmptyPlatform _platform;
        private readonly NpgsqlDataSource _database;
        private readonly Doorbell _doorbell;

        private JobTables(EmptyPlatform platform)
        {
            _platform = platform;
            _database = NpgsqlDataSource.Create($"{platform.ConnectionString};Search Path=rootcx_system");
            _doorbell = new Doorbell(_database, TimeProvider.System, NullLogger<Doorbell>.Instance);
        }

        public JobQueue Queue => new(_database, _doorbell, Options.Create(new JobOptions()), TimeProvider.System);

        public JobLedger Ledger => new(_database);

        public JobControl Control => new(_database, _doorbell);

        public JobReader Reader => new(_database);

        public JobMaintenance Maintenance => new(_database, new DayPartitions(_database, TimeProvider.System), Options.Create(new JobOptions()));

        public static async Task<JobTables> CreateAsync(PlatformStack stack)
        {
            var tables = new JobTables(await EmptyPlatform.CreateAsync(stack));
            await tables.ExecuteAsync(
                """
                insert into apps (id) values ('crm'), ('flood');
                insert into supervisors (id) values ('one');
                insert into workers (app_id, fence, supervisor_id, lease_until) select id, 7, 'one', now() + interval '1 hour' from apps;
                """);
            return tables;
        }

        public Task<long> EnqueueAsync() => Queue.EnqueueAsync("crm", new NewJob("{}"), TestContext.Current.CancellationToken);

        public async Task<int> ExecuteAsync(string sql)
        {
            await using var connection = await _database.OpenConnectionAsync(TestContext.Current.CancellationToken);
            return await connection.ExecuteAsync(sql);
        }

        public async ValueTask DisposeAsync()
        {
            await _doorbell.DisposeAsync();
            await _database.DisposeAsync();
            await _platform.DisposeAsync();
        }
    }
}
