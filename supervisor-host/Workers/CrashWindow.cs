using RootCx.Core.Loops;

namespace RootCx.SupervisorHost.Workers;

/// <summary>Decides what happens after a crash: start again after 0, 2, 4, 8, … seconds (60 at most), or give up.</summary>
/// <param name="mostCrashes">So many crashes within <paramref name="window"/> are a crash loop.</param>
/// <param name="window">Also how long a worker must have been up to start with a clean slate.</param>
public sealed class CrashWindow(int mostCrashes, TimeSpan window)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(60);

    private readonly Queue<DateTimeOffset> _crashes = new();
    private int _attempt;

    /// <summary>Which restart the last delay was for, from 1.</summary>
    public int Attempt => _attempt;

    /// <summary>When the crashes were that still count, the oldest first.</summary>
    public IReadOnlyCollection<DateTimeOffset> Recent => _crashes;

    /// <summary>Takes over what another supervisor recorded.</summary>
    public void Remember(IEnumerable<DateTimeOffset> crashes)
    {
        foreach (var at in crashes)
        {
            _crashes.Enqueue(at);
        }

        _attempt = _crashes.Count;
    }

    /// <summary>Records a crash at <paramref name="now"/> of a worker that had been up for <paramref name="uptime"/>.</summary>
    /// <returns>How long to wait before the next start, or null to give up.</returns>
    public TimeSpan? Crashed(DateTimeOffset now, TimeSpan uptime)
    {
        if (uptime >= window)
        {
            _attempt = 0;
        }

        _crashes.Enqueue(now);
        while (_crashes.Peek() <= now - window)
        {
            _crashes.Dequeue();
        }

        if (_crashes.Count >= mostCrashes)
        {
            return null;
        }

        _attempt++;
        return Backoff.Exponential(_attempt - 1, FirstDelay, LongestDelay);
    }

    /// <summary>Forgets everything: somebody started or deployed the app.</summary>
    public void Clear()
    {
        _crashes.Clear();
        _attempt = 0;
    }
}
