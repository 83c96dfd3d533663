using System.Threading.RateLimiting;

namespace RootCx.SupervisorHost.Data;

/// <summary>How many statements workers may run in a second, each by itself. One clock for all of them: a worker that asks for nothing costs nothing.</summary>
public sealed class StatementLimiter : IDisposable
{
    /// <summary>Most statements of a worker in a second.</summary>
    public const int Most = 100;

    private static readonly SlidingWindowRateLimiterOptions Options = new() { PermitLimit = Most, Window = TimeSpan.FromSeconds(1), SegmentsPerWindow = 10 };

    private readonly PartitionedRateLimiter<object> _limiter = PartitionedRateLimiter.Create((object worker) => RateLimitPartition.GetSlidingWindowLimiter(worker, _ => Options));

    /// <summary>Counts one more statement.</summary>
    /// <param name="worker">Whose it is; the same object for all of one worker's.</param>
    /// <returns>Whether it may run.</returns>
    public bool TryTake(object worker) => _limiter.AttemptAcquire(worker).IsAcquired;

    /// <inheritdoc />
    public void Dispose() => _limiter.Dispose();
}
