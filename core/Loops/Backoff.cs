namespace RootCx.Core.Loops;

/// <summary>The one place that computes how long to wait before a try is made again.</summary>
public static class Backoff
{
    /// <summary>
    /// Doubling from <paramref name="first"/>, bounded by <paramref name="most"/>: attempt 1 waits <paramref name="first"/>, attempt 2 twice that, and so on.
    /// </summary>
    /// <param name="attempt">1 for the first wait; smaller values wait nothing.</param>
    /// <param name="first">The wait before the first new try.</param>
    /// <param name="most">The longest wait.</param>
    public static TimeSpan Exponential(int attempt, TimeSpan first, TimeSpan most)
    {
        if (attempt < 1)
        {
            return TimeSpan.Zero;
        }

        var doubled = first.TotalMilliseconds * Math.Pow(2, Math.Min(attempt - 1, 30));
        return doubled >= most.TotalMilliseconds ? most : TimeSpan.FromMilliseconds(doubled);
    }
}
