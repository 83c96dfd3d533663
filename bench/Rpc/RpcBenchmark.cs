using System.Diagnostics;
using System.Text.Json.Nodes;
using RootCx.Local.Launcher;

namespace RootCx.Bench.Rpc;

/// <summary>
/// Calls through the whole API (HTTP, queue, supervisor, worker, queue, HTTP), one at a time and many at once, beside the raw queue operations that a
/// call needs, done by one client on the same emulator in the same run: put a request, get it, put a reply, get it. What it leaves out is the two
/// deletions, which are off the critical path in the platform too.
/// </summary>
internal sealed class RpcBenchmark : Benchmark
{
    private const int WarmUp = 50;
    private const int Sequential = 500;
    private const int Concurrency = 64;
    private const int Concurrent = 6400;

    public override string Name => "rpc";

    public override async Task<IReadOnlyList<Figure>> RunAsync(CancellationToken cancellationToken)
    {
        await using var stack = await LaunchedStack.StartAsync(settings: null, cancellationToken);
        using var app = await BenchApp.CreateAsync(stack, cancellationToken);
        await app.DeployAsync("serve({ greet: (params) => ({ message: `Hello, ${params.name}!` }) });");
        await using var queues = await RawQueues.CreateAsync(stack.Description.Storage, cancellationToken);

        var raw = await Samples.MeasureAsync(WarmUp, Sequential, queues.RoundTripAsync);
        var rpc = await Samples.MeasureAsync(WarmUp, Sequential, () => GreetAsync(app));
        var rawRate = await RateAsync(Concurrent / 8, queues.CycleAsync);
        await RateAsync(Concurrent / 8, () => GreetAsync(app));
        var rate = await RateAsync(Concurrent, () => GreetAsync(app));
        return
        [
            new Figure("RPC one at a time, p50", rpc.Percentile(50), "ms", raw.Percentile(50), "four raw queue operations, p50"),
            new Figure("RPC one at a time, p99", rpc.Percentile(99), "ms", raw.Percentile(99), "four raw queue operations, p99"),
            new Figure($"RPC, {Concurrency} at once", rate, "calls/s", rawRate / 2, $"one message per call: half the put-get-delete cycles/s, {Concurrency} at once"),
        ];
    }

    private static async Task GreetAsync(BenchApp app)
    {
        if ((await app.CallAsync("greet", new JsonObject { ["name"] = "Ada" }))?.ToJsonString() != """{"message":"Hello, Ada!"}""")
        {
            throw new InvalidOperationException("The answer is wrong.");
        }
    }

    private static async Task<double> RateAsync(int count, Func<Task> action)
    {
        var left = count;
        var begun = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Concurrency).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                await action();
            }
        }));
        return count / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }
}
