using RootCx.Local.Launcher;
using RootCx.SupervisorHost.Workers;

namespace RootCx.Bench.Workers;

/// <summary>A call from the supervisor to a worker's handler and back, without the queues, beside one JSON line there and back over a bare Bun's standard streams.</summary>
internal sealed class WorkerBenchmark : Benchmark
{
    private static readonly byte[] Parameters = """{"name":"Ada"}"""u8.ToArray();

    public override string Name => "worker";

    public override async Task<IReadOnlyList<Figure>> RunAsync(CancellationToken cancellationToken)
    {
        await using var stack = await LaunchedStack.StartAsync(settings: null, cancellationToken);
        await using var parts = new SupervisorParts(stack.Description);
        var worker = await parts.Get<WorkerFactory>().StartAsync(parts.Version("bench", "serve({ echo: (params) => params });"), cancellationToken);
        using var bare = BareBun.StartEcho();
        try
        {
            await worker.WaitUntilReadyAsync(cancellationToken);
            var call = await Samples.MeasureAsync(2000, 10_000, () => EchoAsync(worker));
            var line = await Samples.MeasureAsync(2000, 10_000, bare.RoundTripAsync);
            return
            [
                new Figure("supervisor → handler → supervisor, p50", 1000 * call.Percentile(50), "µs", 1000 * line.Percentile(50), "JSON line over a bare Bun's stdio, p50"),
                new Figure("supervisor → handler → supervisor, p99", 1000 * call.Percentile(99), "µs", 1000 * line.Percentile(99), "JSON line over a bare Bun's stdio, p99"),
            ];
        }
        finally
        {
            await worker.StopAsync(drain: false);
        }
    }

    private static async Task EchoAsync(WorkerProcess worker)
    {
        if (await worker.CallAsync("echo", Parameters, null, null, CancellationToken.None) is not { Error: null })
        {
            throw new InvalidOperationException("The worker did not answer.");
        }
    }
}
