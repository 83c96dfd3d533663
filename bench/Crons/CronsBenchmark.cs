using System.Globalization;
using Npgsql;
using RootCx.Local.Launcher;

namespace RootCx.Bench.Crons;

/// <summary>
/// How late occurrences of crons reach their handlers: a thousand crons at 10 seconds in fifty apps, beside as many plain jobs that were given the same
/// moments as <c>runAt</c>. First spread over the interval as they were made, then all due at the same moment.
/// </summary>
internal sealed class CronsBenchmark : Benchmark
{
    private const int Apps = 50;
    private const int CronsPerApp = 20;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(15);

    public override string Name => "crons";

    public override async Task<IReadOnlyList<Figure>> RunAsync(CancellationToken cancellationToken)
    {
        await using var stack = await LaunchedStack.StartAsync(settings: null, cancellationToken);
        await using var database = NpgsqlDataSource.Create($"{stack.Description.Postgres};Search Path=rootcx_system");
        using var first = await BenchApp.CreateAsync(stack, cancellationToken);
        List<BenchApp> apps = [first, .. Enumerable.Range(1, Apps - 1).Select(_ => first.Another())];
        foreach (var app in apps)
        {
            await app.DeployAsync("serve({ onJob: () => performance.timeOrigin + performance.now() });");
        }

        foreach (var app in apps)
        {
            for (var n = 0; n < CronsPerApp; n++)
            {
                await app.AddCronAsync($"cron{n}", "10 seconds");
            }
        }

        await Task.Delay(Settle, cancellationToken);
        var spread = await CronsAsync(database, cancellationToken);

        // The platform spreads intervals by when they were made; this undoes it.
        await ExecuteAsync(
            database,
            """
            delete from jobs where cron_id is not null and scheduled;
            update crons set anchor = date_trunc('minute', now()), next_at = date_trunc('minute', now()) + interval '2 minutes'
            """);
        await WaitForAsync(database, "select count(*) > 0 from jobs where cron_id is not null", cancellationToken); // a timer has planned them
        await Task.Delay(Until(await AskAsync<DateTime>(database, "select min(cron_due) from jobs")) + TimeSpan.FromSeconds(1), cancellationToken);
        var together = await CronsAsync(database, cancellationToken);
        await ExecuteAsync(database, "update crons set enabled = false, next_at = null; delete from jobs where cron_id is not null and scheduled");

        var spreadJobs = await JobsAsync(database, Interval / (Apps * CronsPerApp), cancellationToken);
        var togetherJobs = await JobsAsync(database, TimeSpan.Zero, cancellationToken);
        return
        [
            .. Figures("1,000 crons at 10 seconds", spread, spreadJobs),
            .. Figures("1,000 crons at 10 seconds, all due at once", together, togetherJobs),
        ];
    }

    private static IEnumerable<Figure> Figures(string what, Samples crons, Samples jobs) =>
    [
        new Figure($"{what}: due → handler entered, p50", crons.Percentile(50), "ms", jobs.Percentile(50), "jobs with runAt"),
        new Figure($"{what}: due → handler entered, p99", crons.Percentile(99), "ms", jobs.Percentile(99), "jobs with runAt"),
    ];

    // What falls due from now on, for a minute.
    private static async Task<Samples> CronsAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var begun = DateTime.UtcNow;
        await Task.Delay(Measured, cancellationToken);
        var ended = DateTime.UtcNow;
        await WaitForAsync(database, $"select count(*) = 0 from jobs where cron_due <= '{ended:O}'", cancellationToken);
        return await LatenciesAsync(database, "cron_due", $"cron_due > '{begun:O}' and cron_due <= '{ended:O}'", (int)(Apps * CronsPerApp * (Measured / Interval)), cancellationToken);
    }

    // The same number of jobs with a time, made two seconds ahead; once to warm up.
    private static async Task<Samples> JobsAsync(NpgsqlDataSource database, TimeSpan gap, CancellationToken cancellationToken)
    {
        Samples? samples = null;
        for (var round = 0; round < 2; round++)
        {
            await ExecuteAsync(database, "delete from ended_jobs");
            await ExecuteAsync(
                database,
                $"""
                insert into jobs (app_id, payload, scheduled, run_at)
                select app.id, '{"{}"}', true, date_trunc('second', now()) + interval '3 seconds' + n * interval '{gap.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)} ms'
                from generate_series(0, {(Apps * CronsPerApp) - 1}) as n
                join (select id, row_number() over (order by id) - 1 as position from apps) as app on app.position = n % {Apps};
                select pg_notify('rootcx_jobs', id) from apps
                """);
            await WaitForAsync(database, "select count(*) = 0 from jobs", cancellationToken);
            samples = await LatenciesAsync(database, "run_at", "cron_id is null", Apps * CronsPerApp, cancellationToken);
        }

        return samples!;
    }

    private static async Task<Samples> LatenciesAsync(NpgsqlDataSource database, string due, string which, int expected, CancellationToken cancellationToken)
    {
        var samples = new Samples();
        await using var command = database.CreateCommand(
            $"select result::text::double precision - extract(epoch from {due})::double precision * 1000 from ended_jobs where state = 'completed' and {which}");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var count = 0;
        for (; await reader.ReadAsync(cancellationToken); count++)
        {
            samples.Add(reader.GetDouble(0));
        }

        return count >= expected * 0.99 ? samples : throw new InvalidOperationException($"{count} ran of {expected}"); // at the edges one may be missing
    }

    private static TimeSpan Until(DateTime moment) => moment - DateTime.UtcNow is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    private static async Task WaitForAsync(NpgsqlDataSource database, string question, CancellationToken cancellationToken)
    {
        while (!await AskAsync<bool>(database, question))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
        }
    }

    private static async Task<T> AskAsync<T>(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!; // the question has an answer
    }

    private static async Task ExecuteAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
