using System.Text;
using RootCx.Local.Launcher;

namespace RootCx.Bench.Workers;

/// <summary>
/// From the upload of a one-file app to the answer of its first call, beside starting a bare Bun process and reading a line from it; what callers notice of
/// redeploys, beside the same callers without; and what memory the two hosts need for a large archive.
/// </summary>
internal sealed class DeployBenchmark : Benchmark
{
    private const int Redeploys = 5;
    private const int LargeBytes = 50 * 1024 * 1024;

    private static readonly TimeSpan Between = TimeSpan.FromSeconds(2);
    private static readonly string[] Hosts = ["api", "supervisor"];

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
            .. await MemoryAsync(stack, user),
            .. await RedeployAsync(user.Another(), cancellationToken),
        ];
    }

    private static async Task DeployAndCallAsync(BenchApp app)
    {
        await app.DeployAsync("serve({ ping: () => 'pong' });");
        await app.CallAsync("ping");
    }

    private static async Task<IEnumerable<Figure>> RedeployAsync(BenchApp app, CancellationToken cancellationToken)
    {
        var (quiet, redeployed) = (new CallersLoad(app), new CallersLoad(app));
        await app.DeployAsync(CallersLoad.Source(0));
        await new CallersLoad(app).RunAsync(() => Task.Delay(Between, cancellationToken));
        await quiet.RunAsync(() => Task.Delay((Redeploys + 1) * Between, cancellationToken));
        await redeployed.RunAsync(async () =>
        {
            for (var version = 1; version <= Redeploys; version++)
            {
                await Task.Delay(Between, cancellationToken);
                await app.DeployAsync(CallersLoad.Source(version));
            }

            await Task.Delay(Between, cancellationToken);
        });
        return
        [
            new Figure($"calls lost of {CallersLoad.Callers} callers in {Redeploys} redeploys", redeployed.Lost, "calls", quiet.Lost, "the same callers, no redeploys"),
            .. from percent in (int[])[50, 99]
               select new Figure(
                   $"call of {CallersLoad.Callers} callers during redeploys, p{percent}",
                   redeployed.Times.Percentile(percent),
                   "ms",
                   quiet.Times.Percentile(percent),
                   $"the same callers, no redeploys, p{percent}"),
        ];
    }

    // What each has more, at most, than just before; of several archives one after the other.
    private static async Task<IEnumerable<Figure>> MemoryAsync(LaunchedStack stack, BenchApp app)
    {
        var hosts = Hosts.Select(name => (Name: name, stack.ReadDescription().Children.Single(child => child.Name == name).Pid)).ToList();
        var before = hosts.ConvertAll(host => ProcessMemory.Of(host.Pid).Resident);
        hosts.ForEach(host => ProcessMemory.ForgetPeak(host.Pid));
        for (var seed = 0; seed < 3; seed++)
        {
            await app.DeployAsync(Large(seed));
        }

        return hosts.Zip(before, (host, resident) => new Figure(
            $"deploys of {LargeBytes / 1024 / 1024} MiB: peak memory of the {host.Name}, more than before", ProcessMemory.Of(host.Pid).Peak - resident, "MiB"));
    }

    // What can't be compressed is a little larger when it is.
    private static byte[] Large(int seed)
    {
        var noise = new byte[LargeBytes - (128 * 1024)];
        new Random(seed).NextBytes(noise);
        return BenchApp.Archive(("index.ts", Encoding.UTF8.GetBytes("serve({ ping: () => 'pong' });")), ("noise", noise));
    }
}
