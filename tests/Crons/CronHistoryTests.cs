using Dapper;
using Npgsql;
using RootCx.Core.Crons;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Crons;

public sealed class CronHistoryTests(PlatformStack stack)
{
    [Fact]
    public async Task The_latest_runs_outlive_their_jobs()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        await using var connection = await empty.Get<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync("insert into apps (id) values ('app')");
        var cron = await empty.Get<CronStore>().CreateAsync(
            "app", new NewCron("n", "@yearly", null, "{}", OverlapPolicies.Skip), null, TestContext.Current.CancellationToken);

        // One a day, and none of them near the end of a day; the archive is kept for seven days, failures for thirty.
        await connection.ExecuteAsync(
            """
            insert into ended_jobs (app_id, id, state, payload, priority, run_at, max_attempts, attempts, backoff_seconds, read_ct, enqueued_at, started_at, ended_at,
              result, cron_id, cron_due, cron_cause)
            select 'app', n, case when n % 10 = 0 then 'failed' else 'completed' end, '{}', 0, day, 1, 1, 5, 1, day, day, day + interval '2 seconds', to_json(n), @Id, day, 'schedule'
            from (select n, now() - n * interval '1 day' + interval '6 hours' as day from generate_series(1, 60) n) as days
            """,
            new { cron.Id });
        var all = await RunsAsync();
        Assert.Equal(60, all.Count);

        await empty.Get<CronHistory>().MaintainAsync(TestContext.Current.CancellationToken);
        Assert.Equal(all, await RunsAsync()); // none twice
        await connection.ExecuteAsync("delete from ended_jobs where ended_at < now() - case state when 'failed' then interval '30 days' else interval '7 days' end");
        await connection.ExecuteAsync("delete from cron_kept_runs where cron_due > now() - interval '7 days'"); // as if older ones had been copied before
        await connection.ExecuteAsync("insert into cron_kept_runs select n, @Id, 'completed', null, null, now(), now() - n * interval '1 day', 'schedule' from generate_series(100, 140) n", new { cron.Id });
        await empty.Get<CronHistory>().MaintainAsync(TestContext.Current.CancellationToken);
        Assert.Equal(20, await connection.ExecuteScalarAsync<long>("select count(*) from cron_kept_runs"));
        var left = await RunsAsync();
        Assert.Equal(all.Take(20), left.Take(20));
        Assert.Equal(["failed"], left.Skip(20).Where(run => run.DueAt > all[^1].DueAt).Select(run => run.Status).Distinct()); // whose jobs are still there

        await empty.Get<CronStore>().DeleteAsync("app", cron.Id, TestContext.Current.CancellationToken);
        Assert.Equal(0, await connection.ExecuteScalarAsync<long>("select count(*) from cron_kept_runs"));

        Task<IReadOnlyList<CronRun>> RunsAsync() => empty.Get<CronReader>().RunsAsync(cron.Id, 500, TestContext.Current.CancellationToken);
    }
}
