using System.Net;
using System.Text.Json;
using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging;
using RootCx.Core.Doorbells;
using RootCx.Core.Loops;
using RootCx.Core.Storage;
using RootCx.Core.Telemetry;

namespace RootCx.Core.Channels;

/// <summary>Takes frames off one queue, woken by its doorbell; between rings it looks as often as the owner says.</summary>
public sealed partial class QueueReceiver : IAsyncDisposable
{
    // Then the pace is asked for again: doorbells may not be heard any more.
    private static readonly TimeSpan PaceHolds = TimeSpan.FromSeconds(1);

    private readonly KeptQueue _kept;
    private readonly QueueClient _queue;
    private readonly ClaimChecks _claimChecks;
    private readonly Func<ReadOnlyMemory<byte>, Action<ReadOnlyMemory<byte>>?> _received;
    private readonly Func<LookPace?> _pace;
    private readonly PlatformMetrics _metrics;
    private readonly ILogger _logger;
    private readonly IDisposable _bell;
    private readonly TimeProvider _time;
    private readonly WorkLoop _loop;
    private volatile bool _rung = true;
    private volatile bool _expecting;

    // Of the loop alone.
    private bool _resting = true;
    private long _restsSince;
    private int _empties;
    private double _random;

    /// <summary>Starts receiving.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="claimChecks">Where large bodies are.</param>
    /// <param name="listener">Hears the queue's doorbell.</param>
    /// <param name="received">
    /// Gets each frame's header and returns what gets its body, or null for a frame that is to be dropped: then a large body is not read. Both must be
    /// quick and not throw.
    /// </param>
    /// <param name="pace">How often to look, at the moment, without a ring; null: not at all.</param>
    /// <param name="metrics">Are told how much came at once.</param>
    /// <param name="time">The clock of the rests.</param>
    /// <param name="logger">Where faults go.</param>
    public QueueReceiver(
        KeptQueue queue,
        ClaimChecks claimChecks,
        DoorbellListener listener,
        Func<ReadOnlyMemory<byte>, Action<ReadOnlyMemory<byte>>?> received,
        Func<LookPace?> pace,
        PlatformMetrics metrics,
        TimeProvider time,
        ILogger logger)
    {
        _kept = queue;
        _queue = queue.Client;
        _claimChecks = claimChecks;
        _received = received;
        _pace = pace;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _loop = new WorkLoop($"Receiver of {_queue.Name}", ReceiveAsync, time, logger);
        _bell = listener.Subscribe(Topics.Queue(_queue.Name), _ => Ring());
        _loop.Start();
    }

    /// <summary>The queue; it ends with the receiver.</summary>
    public KeptQueue Queue => _kept;

    /// <summary>When the queue was last looked at, or found not to need it; for health checks.</summary>
    public DateTimeOffset? LastTurn => _loop.LastTurn;

    /// <summary>Something is to come: looks are close together again. Does not look by itself.</summary>
    public void Expect()
    {
        _expecting = true;
        _loop.Wake();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _bell.Dispose();
        await _loop.DisposeAsync();
        await _kept.DisposeAsync();
    }

    private void Ring()
    {
        _rung = true;
        _loop.Wake();
    }

    private async Task<TimeSpan> ReceiveAsync(CancellationToken cancellationToken)
    {
        // Each look costs an operation, and on the way of a call the next one would wait for it: so only when there is reason to.
        var rung = _rung;
        var left = RestLeft();
        if (!rung && left != TimeSpan.Zero)
        {
            return left;
        }

        var messages = await LookAsync(cancellationToken);
        _empties = messages.Length > 0 ? 0 : rung ? _empties : _empties + 1;
        _random = Random.Shared.NextDouble();
        _restsSince = _time.GetTimestamp();
        foreach (var message in messages)
        {
            // Deleting is off the critical path. A message that can't be deleted stays hidden until it is gone by itself.
            _ = DeleteAsync(message);
        }

        Deliver([.. messages.SelectMany(FramesOf)], cancellationToken);
        if (messages.Length == ChannelLimits.ReceiveBatch)
        {
            _rung = true; // there may be more, which rang before
        }

        return TimeSpan.Zero;
    }

    private async Task<QueueMessage[]> LookAsync(CancellationToken cancellationToken)
    {
        _rung = false; // before the look, so that a ring meanwhile is not missed
        try
        {
            return await TakeAsync(cancellationToken);
        }
        catch
        {
            _rung = true; // it is still to be made
            throw;
        }
    }

    private TimeSpan RestLeft()
    {
        if (_pace() is not { } pace)
        {
            _resting = true;
            return Timeout.InfiniteTimeSpan;
        }

        if (_resting)
        {
            (_resting, _restsSince, _empties) = (false, _time.GetTimestamp(), 0);
        }

        if (_expecting)
        {
            (_expecting, _empties) = (false, 0);
        }

        var left = pace.RestAfter(_empties, _random) - _time.GetElapsedTime(_restsSince);
        return left <= TimeSpan.Zero ? TimeSpan.Zero : left < PaceHolds ? left : PaceHolds;
    }

    private async Task<QueueMessage[]> TakeAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _queue.ReceiveMessagesAsync(ChannelLimits.ReceiveBatch, ChannelLimits.Visibility, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == (int)HttpStatusCode.NotFound)
        {
            // This process was away for so long that it was taken for dead.
            await _kept.ShowAsync(cancellationToken);
            return [];
        }
    }

    private IReadOnlyList<Frame> FramesOf(QueueMessage message)
    {
        try
        {
            var frames = Frame.ReadAll(message.Body.ToMemory());
            _metrics.Received(frames.Count);
            return frames;
        }
        catch (InvalidDataException exception)
        {
            Log.Unreadable(_logger, exception, message.MessageId, _queue.Name);
            return [];
        }
    }

    private void Deliver(IReadOnlyList<Frame> frames, CancellationToken cancellationToken)
    {
        // All headers first: what is called off further on must not begin.
        foreach (var (frame, open) in frames.Select(frame => (frame, Open(frame))).ToList())
        {
            if (open is not { } receive)
            {
                continue;
            }

            if (frame.Blob is { } blob)
            {
                _ = CheckOutAsync(blob, receive, cancellationToken); // a large body must not hold up the small ones behind it
            }
            else
            {
                receive(frame.Body);
            }
        }
    }

    // One that can't be read must not take the others of its batch with it.
    private Action<ReadOnlyMemory<byte>>? Open(Frame frame)
    {
        try
        {
            return _received(frame.Header);
        }
        catch (JsonException exception)
        {
            Log.Unreadable(_logger, exception, "(frame)", _queue.Name);
            return null;
        }
    }

    private async Task CheckOutAsync(string blob, Action<ReadOnlyMemory<byte>> receive, CancellationToken cancellationToken)
    {
        try
        {
            receive(await _claimChecks.CheckOutAsync(blob, cancellationToken));
        }
        catch (Exception exception) when (exception.IsStorageFault() || exception is OperationCanceledException)
        {
            Log.BodyLost(_logger, exception, blob, _queue.Name);
        }
    }

    private async Task DeleteAsync(QueueMessage message)
    {
        try
        {
            await _queue.DeleteMessageAsync(message.MessageId, message.PopReceipt);
        }
        catch (Exception exception) when (exception.IsStorageFault())
        {
            Log.NotDeleted(_logger, exception, message.MessageId, _queue.Name);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1201, LogLevel.Error, "Message {MessageId} on {Queue} is not made of frames and was dropped")]
        public static partial void Unreadable(ILogger logger, Exception exception, string messageId, string queue);

        [LoggerMessage(1202, LogLevel.Error, "The body {Blob} of a frame on {Queue} can't be read; the call it belongs to runs into its deadline")]
        public static partial void BodyLost(ILogger logger, Exception exception, string blob, string queue);

        [LoggerMessage(1203, LogLevel.Warning, "Message {MessageId} on {Queue} was handled but not deleted; it stays hidden until its time to live is over")]
        public static partial void NotDeleted(ILogger logger, Exception exception, string messageId, string queue);
    }
}
