using System.Diagnostics;

namespace RootCx.Bench;

/// <summary>Times of the same thing done again and again.</summary>
internal sealed class Samples
{
    private readonly List<double> _milliseconds = [];

    /// <summary>Does it <paramref name="count"/> times, one after the other, after <paramref name="warmUp"/> times that are not counted.</summary>
    public static async Task<Samples> MeasureAsync(int warmUp, int count, Func<Task> action)
    {
        var samples = new Samples();
        await samples.AddAsync(warmUp, count, action);
        return samples;
    }

    /// <summary>The same, in addition to what was measured before.</summary>
    public async Task AddAsync(int warmUp, int count, Func<Task> action)
    {
        for (var i = -warmUp; i < count; i++)
        {
            var begun = Stopwatch.GetTimestamp();
            await action();
            if (i >= 0)
            {
                _milliseconds.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            }
        }
    }

    /// <summary>Adds a time that was measured elsewhere, in milliseconds.</summary>
    public void Add(double milliseconds) => _milliseconds.Add(milliseconds);

    /// <summary>The time, in milliseconds, that <paramref name="percent"/> of the samples don't exceed.</summary>
    public double Percentile(double percent) =>
        _milliseconds.Order().ElementAt(Math.Max(0, (int)Math.Ceiling(percent / 100 * _milliseconds.Count) - 1));
}
