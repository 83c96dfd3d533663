using System.Diagnostics;
using System.Text.Json.Nodes;

namespace RootCx.Bench.Workers;

/// <summary>Many callers of one app, each of which calls again as soon as it is answered. A handler takes between nothing and 200 ms.</summary>
internal sealed class CallersLoad(BenchApp app)
{
    /// <summary>How many there are.</summary>
    public const int Callers = 200;

    private static readonly int[] Waits = [0, 50, 100, 200]; // of a handler, in milliseconds

    private int _lost;

    /// <summary>Calls that were not answered, or not rightly.</summary>
    public int Lost => _lost;

    /// <summary>Calls, in milliseconds.</summary>
    public Samples Times { get; } = new();

    /// <summary>What is called.</summary>
    public static string Source(int version) => $$"""
        serve({ work: async ({ number, wait }) => { if (wait) await Bun.sleep(wait); return number; } }); // {{version}}
        """;

    /// <summary>Calls for as long as <paramref name="meanwhile"/> takes, and until all are answered.</summary>
    public async Task RunAsync(Func<Task> meanwhile)
    {
        using var stop = new CancellationTokenSource();
        var calling = Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => CallAsync(caller, stop.Token)));
        try
        {
            await meanwhile();
        }
        finally
        {
            await stop.CancelAsync();
        }

        await calling;
    }

    private async Task CallAsync(int caller, CancellationToken stop)
    {
        for (var number = caller; !stop.IsCancellationRequested; number += Callers)
        {
            var begun = Stopwatch.GetTimestamp();
            try
            {
                var value = await app.CallAsync("work", new JsonObject { ["number"] = number, ["wait"] = Waits[caller % Waits.Length] });
                Count(value?.GetValue<int>() == number, begun);
            }
            catch (Exception exception) when (exception is InvalidOperationException or HttpRequestException or TaskCanceledException)
            {
                Console.Error.WriteLine($"lost: {exception.Message}");
                Count(false, begun);
            }
        }
    }

    private void Count(bool answered, long begun)
    {
        lock (Times)
        {
            _lost += answered ? 0 : 1;
            Times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }
    }
}
