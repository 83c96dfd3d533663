using RootCx.Local.Launcher;

namespace RootCx.Bench.Jobs;

/// <summary>
/// Enqueuing and running jobs, each queue at its best settings (ours: 100 at once), beside graphile-worker and pg-boss on the same Postgres. Ours runs the
/// handler in another process, theirs do not.
/// </summary>
internal sealed class JobsBenchmark : Benchmark
{
    private const int One = 2000;
    private const int Many = 40_000;
    private const int Drained = 20_000;
    private const int Crowd = 100_000;
    private const int Timed = 300;

    private static readonly RivalQueue[] Rivals = [RivalQueue.GraphileWorker, RivalQueue.PgBoss];

    public override string Name => "jobs";

    public override async Task<IReadOnlyList<Figure>> RunAsync(CancellationToken cancellationToken)
    {
        await using var stack = await LaunchedStack.StartAsync(new Dictionary<string, string> { ["Jobs__Concurrency"] = "100" }, cancellationToken);
        await using var ours = await OurQueue.CreateAsync(stack, cancellationToken);
        var figures = new List<Figure>();

        await RateAsync("enqueued one by one", "enqueue-one", await ours.EnqueueOneByOneAsync(One));
        figures.Add(new Figure("enqueued one by one over HTTP", await ours.EnqueueOverHttpAsync(One), "jobs/s", figures[0].Value, "ours in process"));
        await RateAsync("enqueued in batches of 1,000", "enqueue-batch", await ours.EnqueueInBatchesAsync(Many));
        await RateAsync($"drained, {Drained:N0} trivial ones", "drain", await ours.DrainAsync(Drained));
        var latencies = await ours.LatenciesAsync(Timed);
        foreach (var rival in Rivals)
        {
            var theirs = await rival.LatencyAsync(stack.Description.Postgres, cancellationToken);
            figures.Add(new Figure("enqueue → handler entered, idle, p50", latencies.Percentile(50), "ms", theirs.P50, rival.Name));
            figures.Add(new Figure("enqueue → handler entered, idle, p99", latencies.Percentile(99), "ms", theirs.P99, rival.Name));
        }

        await ours.CrowdAsync(Crowd);
        await RateAsync($"drained while another app has {Crowd:N0} queued", "drain-crowded", await ours.DrainAsync(Drained));
        return figures;

        async Task RateAsync(string name, string measurement, double perSecond)
        {
            foreach (var rival in Rivals)
            {
                var theirs = await rival.PerSecondAsync(measurement, stack.Description.Postgres, cancellationToken);
                figures.Add(new Figure(name, perSecond, "jobs/s", theirs, rival.Name));
            }
        }
    }
}
