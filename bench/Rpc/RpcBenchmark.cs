using System.Text.Json.Nodes;
using RootCx.Local.Launcher;

namespace RootCx.Bench.Rpc;

/// <summary>
/// Calls through the whole API (HTTP, queue, supervisor, worker, queue, HTTP) beside the raw queue operations that a call needs, done by one client on the same emulator (put a request,
/// get it, put a reply, get it; deletions are not waited for, as in the platform), and beside programs that answer the same handler directly.
/// </summary>
internal sealed class RpcBenchmark : Benchmark
{
    private const int WarmUp = 50;
    private const int Sequential = 500;
    private const int Blocks = 10;
    private const int LargeCalls = 50;
    private const int Crowd = 64;
    private const int CrowdCalls = 6400;

    private static readonly (int Concurrency, int Calls)[] Loads = [(1, 400), (8, 2400), (Crowd, CrowdCalls), (256, 12_800)];
    private static readonly (string Name, int Bytes, int Calls)[] Payloads = [("100 B", 100, Sequential), ("10 KiB", 10 * 1024, Sequential), ("1 MiB", 1000 * 1024, LargeCalls)];
    private static readonly int[] AppCounts = [10, 200];

    public override string Name => "rpc";

    public override async Task<IReadOnlyList<Figure>> RunAsync(CancellationToken cancellationToken)
    {
        List<Figure> figures = [];
        await using (var stack = await LaunchedStack.StartAsync(settings: null, cancellationToken))
        {
            using var app = await BenchApp.CreateAsync(stack, cancellationToken);
            await app.DeployAsync(Source);
            using var bun = await DirectServer.StartBunAsync();
            using var workerd = await DirectServer.StartWorkerdAsync(cancellationToken);
            DirectServer[] rivals = [bun, workerd];

            figures.AddRange(await ManyAtOnceAsync(app, rivals)); // first: only then have the hosts compiled what calls need
            figures.AddRange(await OneAtATimeAsync(app, stack, cancellationToken));
            figures.AddRange(await PayloadsAsync(app, rivals));
            figures.AddRange(await ManyAppsAsync(app));
        }

        figures.AddRange(await OperationsAsync(cancellationToken));
        return figures;
    }

    private static string Source => "serve({ greet: (params) => ({ message: `Hello, ${params.name}!` }), echo: (params) => params });";

    private static async Task<IEnumerable<Figure>> OneAtATimeAsync(BenchApp app, LaunchedStack stack, CancellationToken cancellationToken)
    {
        await using var queues = await RawQueues.CreateAsync(stack.Description.Storage, cancellationToken);
        // In turns, as the emulator and the machine are not equally fast all the time.
        var (raw, rpc) = (new Samples(), new Samples());
        for (var block = 0; block < Blocks; block++)
        {
            await raw.AddAsync(WarmUp / Blocks, Sequential / Blocks, queues.RoundTripAsync);
            await rpc.AddAsync(WarmUp / Blocks, Sequential / Blocks, () => GreetAsync(app.CallAsync));
        }

        var cycles = await Throughput.MeasureAsync(Crowd, CrowdCalls / 8, _ => queues.CycleAsync());
        var rate = await Throughput.MeasureAsync(Crowd, CrowdCalls, _ => GreetAsync(app.CallAsync));
        return
        [
            new Figure("One at a time, p50", rpc.Percentile(50), "ms", raw.Percentile(50), "four raw queue operations"),
            new Figure("One at a time, p99", rpc.Percentile(99), "ms", raw.Percentile(99), "four raw queue operations"),
            new Figure($"{Crowd} at once", rate.PerSecond, "calls/s", cycles.PerSecond / 2, "one message per call: half the raw put-get-delete cycles/s"),
        ];
    }

    private static async Task<IEnumerable<Figure>> ManyAtOnceAsync(BenchApp app, DirectServer[] rivals)
    {
        List<Figure> figures = [];
        foreach (var (concurrency, calls) in Loads)
        {
            await Throughput.MeasureAsync(concurrency, calls / 4, _ => GreetAsync(app.CallAsync)); // warm
            var ours = await Throughput.MeasureAsync(concurrency, calls, _ => GreetAsync(app.CallAsync));
            foreach (var rival in rivals)
            {
                await Throughput.MeasureAsync(concurrency, calls / 4, _ => GreetAsync(rival.CallAsync)); // warm
                var theirs = await Throughput.MeasureAsync(concurrency, calls, _ => GreetAsync(rival.CallAsync));
                figures.Add(new Figure($"{concurrency} at once", ours.PerSecond, "calls/s", theirs.PerSecond, rival.Name));
                figures.Add(new Figure($"{concurrency} at once, p99", ours.P99, "ms", theirs.P99, rival.Name));
            }
        }

        return figures;
    }

    private static async Task<IEnumerable<Figure>> PayloadsAsync(BenchApp app, DirectServer[] rivals)
    {
        List<Figure> figures = [];
        foreach (var (name, bytes, calls) in Payloads)
        {
            var text = new string('x', bytes);
            var ours = await Samples.MeasureAsync(calls / 10, calls, () => EchoAsync(app.CallAsync, text));
            foreach (var rival in rivals)
            {
                var theirs = await Samples.MeasureAsync(calls / 10, calls, () => EchoAsync(rival.CallAsync, text));
                figures.Add(new Figure($"{name} there and back, p50", ours.Percentile(50), "ms", theirs.Percentile(50), rival.Name));
                figures.Add(new Figure($"{name} there and back, p99", ours.Percentile(99), "ms", theirs.Percentile(99), rival.Name));
            }
        }

        return figures;
    }

    private static async Task<IEnumerable<Figure>> ManyAppsAsync(BenchApp first)
    {
        var alone = await Throughput.MeasureAsync(Crowd, CrowdCalls, _ => GreetAsync(first.CallAsync));
        List<Figure> figures = [];
        List<BenchApp> apps = [first];
        foreach (var count in AppCounts)
        {
            while (apps.Count < count)
            {
                var app = first.Another();
                await app.DeployAsync(Source);
                apps.Add(app);
            }

            await Throughput.MeasureAsync(Crowd, count * 2, i => GreetAsync(apps[i % count].CallAsync)); // warm
            var together = await Throughput.MeasureAsync(Crowd, CrowdCalls, i => GreetAsync(apps[i % count].CallAsync));
            figures.Add(new Figure($"{Crowd} at once over {count} apps", together.PerSecond, "calls/s", alone.PerSecond, "one app"));
            figures.Add(new Figure($"{Crowd} at once over {count} apps, p99", together.P99, "ms", alone.P99, "one app"));
        }

        return figures;
    }

    // On a platform of its own, because the emulator's log costs time.
    private static async Task<IEnumerable<Figure>> OperationsAsync(CancellationToken cancellationToken)
    {
        await using var stack = await LaunchedStack.StartAsync(settings: null, cancellationToken, storageLog: true);
        using var app = await BenchApp.CreateAsync(stack, cancellationToken);
        await app.DeployAsync(Source);
        var operations = new StorageOperations(stack.StorageLog);
        List<Figure> figures = [];
        foreach (var (concurrency, calls) in Loads)
        {
            var count = await operations.CountAsync(() => Throughput.MeasureAsync(concurrency, calls, _ => GreetAsync(app.CallAsync)), cancellationToken);
            figures.Add(new Figure($"Queue operations per call, {concurrency} at once", (double)count / calls, ""));
        }

        var idle = await operations.PerDayAsync(cancellationToken);
        figures.Add(new Figure("Storage transactions a day of an idle API host and an idle supervisor", idle, ""));
        figures.Add(new Figure("What they cost in Azure in 30 days, at 0.004 USD for 10,000", idle * 30 / 10_000 * 0.004, "USD"));
        return figures;
    }

    private static async Task GreetAsync(Func<string, JsonNode?, Task<JsonNode?>> callAsync)
    {
        if ((await callAsync("greet", new JsonObject { ["name"] = "Ada" }))?.ToJsonString() != """{"message":"Hello, Ada!"}""")
        {
            throw new InvalidOperationException("The answer is wrong.");
        }
    }

    private static async Task EchoAsync(Func<string, JsonNode?, Task<JsonNode?>> callAsync, string text)
    {
        if ((await callAsync("echo", new JsonObject { ["text"] = text }))?["text"]?.GetValue<string>() != text)
        {
            throw new InvalidOperationException("The answer is wrong.");
        }
    }
}
