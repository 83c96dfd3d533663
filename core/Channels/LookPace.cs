using RootCx.Core.Loops;

namespace RootCx.Core.Channels;

/// <summary>How often a queue is looked at without a ring. While doorbells are heard that is only for a ring that got lost; otherwise it is all there is.</summary>
/// <param name="First">The rest after a look that found something.</param>
/// <param name="Most">The longest rest, when nothing is found again and again.</param>
public sealed record LookPace(TimeSpan First, TimeSpan Most)
{
    // Rests differ by so much of their length, so that many processes do not look at the same moments.
    private const double Spread = 0.5;

    private static readonly LookPace Caller = Between(50, 250);
    private static readonly LookPace DeafCaller = Between(20, 100);
    private static readonly LookPace Server = Between(500, 10_000);
    private static readonly LookPace DeafServer = Between(20, 500);

    /// <summary>Of a process that waits for replies.</summary>
    /// <param name="hearing">Whether doorbells are heard.</param>
    public static LookPace ForReplies(bool hearing) => hearing ? Caller : DeafCaller;

    /// <summary>Of a supervisor, which does not know whether calls are coming.</summary>
    /// <param name="hearing">Whether doorbells are heard.</param>
    public static LookPace ForCalls(bool hearing) => hearing ? Server : DeafServer;

    /// <summary>How long to rest.</summary>
    /// <param name="empties">How many looks in a row have found nothing.</param>
    /// <param name="random">Between 0 and 1: where in the range of possible rests this one lies.</param>
    public TimeSpan RestAfter(int empties, double random) =>
        Backoff.Exponential(empties + 1, First, Most) * (1 - (Spread / 2) + (Spread * random));

    private static LookPace Between(int first, int most) => new(TimeSpan.FromMilliseconds(first), TimeSpan.FromMilliseconds(most));
}
