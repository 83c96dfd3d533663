using RootCx.Core.Workers;

namespace RootCx.SupervisorHost.Workers;

/// <summary>What the supervisor may do with an app at the moment. Changed by one, read by many.</summary>
/// <param name="time">The clock.</param>
/// <param name="changed">Called when jobs may be taken again, or no more; must be quick and not throw.</param>
public sealed class AppLease(TimeProvider time, Action changed)
{
    private volatile bool _suspect;
    private volatile bool _yielding;
    private long _fence;
    private long _until = long.MaxValue;

    /// <summary>Grows with each lease on the app; what is recorded of its jobs carries it.</summary>
    public long Fence => Interlocked.Read(ref _fence);

    /// <summary>Whether the app was taken over, a short time ago, from a supervisor that died.</summary>
    public bool IsSuspect => _suspect;

    /// <summary>
    /// Whether the app's jobs are this supervisor's: the lease surely holds, and no other supervisor is about to take the app over.
    /// </summary>
    public bool AllowsJobs => !_yielding && time.GetTimestamp() < Interlocked.Read(ref _until);

    /// <summary>The app is this supervisor's.</summary>
    /// <param name="lease">As what.</param>
    /// <param name="until">Until when surely, as a timestamp of the clock.</param>
    /// <param name="isYielding">Whether another one is about to take it over.</param>
    public void Hold(WorkerLease lease, long until, bool isYielding)
    {
        var before = AllowsJobs;
        Interlocked.Exchange(ref _fence, lease.Fence);
        Interlocked.Exchange(ref _until, until);
        _suspect = lease.IsSuspect;
        _yielding = isYielding;
        if (before != AllowsJobs)
        {
            changed();
        }
    }

    /// <summary>The app is another supervisor's, and runs here for its calls only.</summary>
    public void HoldForCalls() => Interlocked.Exchange(ref _until, 0);
}
