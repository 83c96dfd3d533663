namespace RootCx.Local.Launcher;

/// <summary>How often a part died lately, and what follows from it.</summary>
internal sealed class RecentDeaths(TimeProvider time)
{
    private const int Limit = 5;

    private readonly Queue<long> _deaths = new();

    /// <summary>How long a death counts.</summary>
    public static TimeSpan Window { get; } = TimeSpan.FromSeconds(60);

    /// <summary>How many there were within the window.</summary>
    public int Count => _deaths.Count;

    /// <summary>Whether there were too many to try again.</summary>
    public bool IsHopeless => Count >= Limit;

    /// <summary>The wait before the next start: none after the first death, then 1, 2, 4 s.</summary>
    public TimeSpan Pause => TimeSpan.FromSeconds(Count <= 1 ? 0 : 1 << (Count - 2));

    /// <summary>Counts one, and forgets those that are too long ago.</summary>
    public void Add()
    {
        _deaths.Enqueue(time.GetTimestamp());
        while (time.GetElapsedTime(_deaths.Peek()) > Window)
        {
            _deaths.Dequeue();
        }
    }
}
