using System.Threading.Channels;
using Azure.Storage.Queues;
using Microsoft.Extensions.Logging;
using RootCx.Core.Doorbells;
using RootCx.Core.Loops;
using RootCx.Core.Telemetry;

namespace RootCx.Core.Channels;

/// <summary>
/// Puts frames on one queue. While a put is under way the next frames collect and then share a message, so the queue's own speed
/// does not bound the number of calls.
/// </summary>
public sealed class QueueSender : IAsyncDisposable
{
    private readonly Channel<Outgoing> _waiting = Channel.CreateUnbounded<Outgoing>(new UnboundedChannelOptions { SingleReader = true });
    private readonly QueueClient _queue;
    private readonly ClaimChecks _claimChecks;
    private readonly Doorbell _doorbell;
    private readonly PlatformMetrics _metrics;
    private readonly WorkLoop _loop;

    /// <summary>Starts sending to <paramref name="queue"/>.</summary>
    public QueueSender(QueueClient queue, ClaimChecks claimChecks, Doorbell doorbell, PlatformMetrics metrics, TimeProvider time, ILogger logger)
    {
        _queue = queue;
        _claimChecks = claimChecks;
        _doorbell = doorbell;
        _metrics = metrics;
        _loop = new WorkLoop($"Sender of {queue.Name}", PutAsync, time, logger);
        _loop.Start();
    }

    /// <summary>Returns once the queue holds the frame. A frame that still waits when the token is cancelled is not sent.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The header is longer than <see cref="ChannelLimits.HeaderBytes"/>.</exception>
    /// <exception cref="Azure.RequestFailedException">The queue or the blob store refused it.</exception>
    public async Task SendAsync(ReadOnlyMemory<byte> header, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(header.Length, ChannelLimits.HeaderBytes, nameof(header));
        var frame = new Frame(header, body);
        if (frame.Size > ChannelLimits.MessageBytes)
        {
            frame = new Frame(header, default, await _claimChecks.CheckInAsync(body, cancellationToken));
        }

        var outgoing = new Outgoing(frame);
        await _waiting.Writer.WriteAsync(outgoing, cancellationToken);
        await using var withdrawal = cancellationToken.UnsafeRegister(static waiting => ((Outgoing)waiting!).Withdraw(), outgoing);
        await outgoing.Sent.Task.WaitAsync(cancellationToken);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _loop.DisposeAsync();
        while (_waiting.Reader.TryRead(out var unsent))
        {
            unsent.Sent.TrySetCanceled();
        }
    }

    private async Task<TimeSpan> PutAsync(CancellationToken cancellationToken)
    {
        await _waiting.Reader.WaitToReadAsync(cancellationToken);
        var batch = new List<Outgoing>();
        var message = new MemoryStream();
        while (_waiting.Reader.TryPeek(out var next) && (batch.Count == 0 || message.Length + next.Frame.Size <= ChannelLimits.MessageBytes))
        {
            _waiting.Reader.TryRead(out _);
            if (next.TryTake())
            {
                next.Frame.WriteTo(message);
                batch.Add(next);
            }
        }

        if (batch.Count == 0)
        {
            return TimeSpan.Zero;
        }

        try
        {
            await _queue.SendMessageAsync(
                new BinaryData(message.ToArray()), timeToLive: ChannelLimits.TimeToLive, cancellationToken: cancellationToken);
            _doorbell.Ring(Topics.Queue(_queue.Name));
            batch.ForEach(outgoing => outgoing.Sent.TrySetResult());
            _metrics.Sent(batch.Count);
        }
        catch (Exception exception)
        {
            // Each sender decides what its frame's loss means; the loop goes on with the next ones.
            batch.ForEach(outgoing => outgoing.Sent.TrySetException(exception));
        }

        return TimeSpan.Zero;
    }

    private sealed record Outgoing(Frame Frame)
    {
        private int _decided;

        public TaskCompletionSource Sent { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Whether it is to be sent.</summary>
        public bool TryTake() => Interlocked.Exchange(ref _decided, 1) == 0;

        /// <summary>It is not to be sent any more.</summary>
        public void Withdraw() => Interlocked.Exchange(ref _decided, 1);
    }
}
