namespace RootCx.Core.Channels;

/// <summary>
/// The requests that a supervisor has taken, each remembered until its deadline, past which it would be dropped anyway: so one that is on the queue twice,
/// because the answer to its put got lost and it was put again, is taken once.
/// </summary>
/// <param name="time">The clock of deadlines.</param>
/// <param name="most">How many are remembered at once.</param>
public sealed class TakenCalls(TimeProvider time, int most)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, CancellationTokenSource?> _taken = []; // null once there is nothing left to cancel
    private readonly PriorityQueue<Guid, DateTimeOffset> _deadlines = new();

    /// <summary>Takes a request.</summary>
    /// <param name="id">Of the request.</param>
    /// <param name="expiresAt">Its deadline.</param>
    /// <param name="abandoned">Is cancelled when nobody waits for the reply any more.</param>
    public Taking Take(Guid id, DateTimeOffset expiresAt, out CancellationToken abandoned)
    {
        abandoned = default;
        lock (_gate)
        {
            ForgetExpired();
            if (_taken.ContainsKey(id))
            {
                return Taking.Repeated;
            }

            if (_taken.Count >= most)
            {
                return Taking.Full; // to forget one that may come again would be to run it twice
            }

            var source = new CancellationTokenSource();
            abandoned = source.Token;
            Remember(id, expiresAt, source);
            return Taking.Taken;
        }
    }

    /// <summary>The request was carried out.</summary>
    public void Finish(Guid id)
    {
        lock (_gate)
        {
            if (_taken.ContainsKey(id))
            {
                _taken[id] = null;
            }
        }
    }

    /// <summary>Nobody waits for the reply any more. One that has not come yet is not taken when it does.</summary>
    public void Abandon(Guid id, DateTimeOffset expiresAt)
    {
        CancellationTokenSource? source;
        lock (_gate)
        {
            ForgetExpired();
            if (_taken.TryGetValue(id, out source))
            {
                _taken[id] = null;
            }
            else if (_taken.Count < most)
            {
                Remember(id, expiresAt, null);
            }
        }

        _ = source?.CancelAsync(); // whoever waits goes on elsewhere, so that the queue's reader is not held up
    }

    private void Remember(Guid id, DateTimeOffset expiresAt, CancellationTokenSource? source)
    {
        // No request lives longer; one whose sender's clock is far ahead must not stay for good.
        var latest = time.GetUtcNow() + ChannelLimits.TimeToLive;
        _taken[id] = source;
        _deadlines.Enqueue(id, expiresAt < latest ? expiresAt : latest);
    }

    private void ForgetExpired()
    {
        var now = time.GetUtcNow();
        while (_deadlines.TryPeek(out var id, out var deadline) && deadline <= now)
        {
            _deadlines.Dequeue();
            _taken.Remove(id);
        }
    }
}
