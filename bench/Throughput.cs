using System.Diagnostics;

namespace RootCx.Bench;

/// <summary>The same thing done many times at once.</summary>
/// <param name="PerSecond">How often it was done.</param>
/// <param name="P99">The time, in milliseconds, that 99 of 100 took at most.</param>
internal sealed record Throughput(double PerSecond, double P99)
{
    /// <summary>Does it <paramref name="count"/> times, always <paramref name="concurrency"/> at once.</summary>
    public static async Task<Throughput> MeasureAsync(int concurrency, int count, Func<int, Task> action)
    {
        var samples = new Samples();
        var next = -1;
        var begun = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, concurrency).Select(async _ =>
        {
            for (var i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next))
            {
                var started = Stopwatch.GetTimestamp();
                await action(i);
                var took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
                lock (samples)
                {
                    samples.Add(took);
                }
            }
        }));
        return new Throughput(count / Stopwatch.GetElapsedTime(begun).TotalSeconds, samples.Percentile(99));
    }
}
