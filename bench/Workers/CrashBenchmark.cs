using RootCx.Core.Processes;
using RootCx.Local.Launcher;

namespace RootCx.Bench.Workers;

/// <summary>From <c>kill -9</c> of a worker, its first crash, to the answer of the next call, beside starting a bare Bun process and reading a line from it.</summary>
internal sealed class CrashBenchmark : Benchmark
{
    private const int Crashes = 20;

    public override string Name => "crash";

    public override async Task<IReadOnlyList<Figure>> RunAsync(CancellationToken cancellationToken)
    {
        await using var stack = await LaunchedStack.StartAsync(settings: null, cancellationToken);
        using var user = await BenchApp.CreateAsync(stack, cancellationToken);
        var running = new Queue<(BenchApp App, int Pid)>();
        for (var i = 0; i < Crashes; i++)
        {
            var app = user.Another();
            await app.DeployAsync("serve({ pid: () => process.pid });");
            running.Enqueue((app, (await PidAsync(app))!.Value)); // it runs
        }

        var bare = await Samples.MeasureAsync(2, Crashes, BareBun.StartAndReadAsync);
        var crash = await Samples.MeasureAsync(2, Crashes - 2, async () =>
        {
            var (app, pid) = running.Dequeue();
            ProcessSignals.Send(pid, UnixSignal.Kill);
            while (await PidAsync(app) is not { } next || next == pid)
            {
                // The call reached the worker that was just dying, and failed at once.
            }
        });
        return
        [
            new Figure("kill -9 of a worker → next answer, p50", crash.Percentile(50), "ms", bare.Percentile(50), "bare Bun started, one line read, p50"),
            new Figure("kill -9 of a worker → next answer, worst", crash.Percentile(100), "ms", bare.Percentile(100), "bare Bun started, one line read, worst"),
        ];
    }

    private static async Task<int?> PidAsync(BenchApp app)
    {
        try
        {
            return (await app.CallAsync("pid"))!.GetValue<int>(); // a number
        }
        catch (InvalidOperationException lost) when (lost.Message.Contains("before it answered", StringComparison.Ordinal))
        {
            return null;
        }
    }
}
