using RootCx.Local.Launcher;

namespace RootCx.Bench.Workers;

/// <summary>From the upload of a one-file app to the answer of its first call, beside starting a bare Bun process and reading a line from it.</summary>
internal sealed class DeployBenchmark : Benchmark
{
    public override string Name => "deploy";

    public override async Task<IReadOnlyList<Figure>> RunAsync(CancellationToken cancellationToken)
    {
        await using var stack = await LaunchedStack.StartAsync(settings: null, cancellationToken);
        using var user = await BenchApp.CreateAsync(stack, cancellationToken);
        var bare = await Samples.MeasureAsync(2, 20, BareBun.StartAndReadAsync);
        var fresh = await Samples.MeasureAsync(2, 20, () => DeployAndCallAsync(user.Another()));
        var again = await Samples.MeasureAsync(2, 20, () => DeployAndCallAsync(user));
        return
        [
            new Figure("deploy of a new app → first answer, p50", fresh.Percentile(50), "ms", bare.Percentile(50), "bare Bun started, one line read, p50"),
            new Figure("deploy of a new app → first answer, p95", fresh.Percentile(95), "ms", bare.Percentile(95), "bare Bun started, one line read, p95"),
            new Figure("deploy of a next version → first answer, p50", again.Percentile(50), "ms", bare.Percentile(50), "bare Bun started, one line read, p50"),
        ];
    }

    private static async Task DeployAndCallAsync(BenchApp app)
    {
        await app.DeployAsync("serve({ ping: () => 'pong' });");
        await app.CallAsync("ping");
    }
}
