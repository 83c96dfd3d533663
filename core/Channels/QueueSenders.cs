using Azure.Storage.Queues;
using Microsoft.Extensions.Logging;
using RootCx.Core.Doorbells;
using RootCx.Core.Telemetry;

namespace RootCx.Core.Channels;

/// <summary>The senders of one end of the channel, one for each queue that it puts frames on. One that was not used for long is ended.</summary>
internal sealed class QueueSenders(
    QueueServiceClient queues, ClaimChecks claimChecks, Doorbell doorbell, PlatformMetrics metrics, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (QueueSender Sender, long UsedAt)> _senders = [];

    /// <summary>The sender to <paramref name="queue"/>.</summary>
    public QueueSender For(string queue)
    {
        lock (_gate)
        {
            if (!_senders.TryGetValue(queue, out var present))
            {
                EndUnused();
                present.Sender = new QueueSender(queues.GetQueueClient(queue), claimChecks, doorbell, metrics, time, logger);
            }

            _senders[queue] = (present.Sender, time.GetTimestamp());
            return present.Sender;
        }
    }

    /// <summary>The queue is gone.</summary>
    public async Task EndAsync(string queue)
    {
        QueueSender? gone;
        lock (_gate)
        {
            gone = _senders.Remove(queue, out var present) ? present.Sender : null;
        }

        if (gone is not null)
        {
            await gone.DisposeAsync();
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        List<QueueSender> all;
        lock (_gate)
        {
            all = [.. _senders.Values.Select(present => present.Sender)];
            _senders.Clear();
        }

        foreach (var sender in all)
        {
            await sender.DisposeAsync();
        }
    }

    // Whoever read the queue is gone; nothing waits in a sender for so long.
    private void EndUnused()
    {
        foreach (var (queue, present) in _senders.Where(entry => time.GetElapsedTime(entry.Value.UsedAt) > KeptQueue.Grace).ToList())
        {
            _senders.Remove(queue);
            _ = present.Sender.DisposeAsync().AsTask();
        }
    }
}
