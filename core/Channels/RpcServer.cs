using System.Net;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Azure;
using Azure.Storage.Queues;
using Microsoft.Extensions.Logging;
using RootCx.Core.Doorbells;
using RootCx.Core.Storage;
using RootCx.Core.Telemetry;

namespace RootCx.Core.Channels;

/// <summary>
/// A supervisor's end of the request channel: takes calls off its queue, has them run, and puts the replies on the queues they name.
/// A call past its deadline is dropped unread; none runs twice, because a received message never comes back and one that was put twice is known by its id.
/// </summary>
public sealed partial class RpcServer(
    QueueServiceClient queues,
    ClaimChecks claimChecks,
    Doorbell doorbell,
    DoorbellListener listener,
    PlatformMetrics metrics,
    TimeProvider time,
    ILogger<RpcServer> logger) : IAsyncDisposable
{
    // Longer than a put takes, and not so long that the process's end waits for a storage that is away.
    private static readonly TimeSpan LastReplies = TimeSpan.FromSeconds(5);

    // With the longest of deadlines, so many new ones each second: 150 bytes each.
    private const int MostRemembered = 500_000;

    private readonly QueueSenders _senders = new(queues, claimChecks, doorbell, metrics, time, logger);
    private readonly TakenCalls _taken = new(time, MostRemembered);
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _answering = 1; // and one for the server itself, until it ends
    private long _repeated;
    private QueueReceiver? _receiver;

    /// <summary>Runs one call. Null when its deadline passed first, or its caller left: then nobody waits for a reply.</summary>
    public delegate Task<RpcOutcome?> Handler(RpcRequest request, ReadOnlyMemory<byte> parameters, CancellationToken abandoned);

    /// <summary>When the queue was last looked at; null before <see cref="OpenAsync"/>.</summary>
    public DateTimeOffset? LastLook => _receiver?.LastTurn;

    /// <summary>Creates the queue of <paramref name="supervisorId"/> if need be and begins to take calls.</summary>
    public async Task OpenAsync(string supervisorId, Handler handler, CancellationToken cancellationToken)
    {
        var queue = await KeptQueue.OpenAsync(queues.GetQueueClient(SupervisorQueue.NameFor(supervisorId)), time, logger, cancellationToken);
        _receiver = new QueueReceiver(queue, claimChecks, listener, header => Received(header, handler), () => LookPace.ForCalls(listener.IsHearing), metrics, time, logger);
    }

    /// <summary>Takes no more calls; replies can still be sent.</summary>
    public async Task CloseAsync()
    {
        if (_receiver is { } receiver)
        {
            await receiver.DisposeAsync();
        }
    }

    /// <summary>Sends the replies that are ready, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Answered();
        await _answered.Task.WaitAsync(LastReplies, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // who waits longer is told that this supervisor is gone
        await _senders.DisposeAsync();
    }

    private void Answered()
    {
        if (Interlocked.Decrement(ref _answering) == 0)
        {
            _answered.TrySetResult();
        }
    }

    private Action<ReadOnlyMemory<byte>>? Received(ReadOnlyMemory<byte> header, Handler handler)
    {
        var request = JsonSerializer.Deserialize(header.Span, ChannelJson.Default.RpcRequest) ?? throw new JsonException("null is no request");
        if (request.ExpiresAt <= time.GetUtcNow())
        {
            Log.Expired(logger, request.Id, request.AppId);
            return null;
        }

        if (request.Kind == RpcKind.Cancellation)
        {
            _taken.Abandon(request.Id, request.ExpiresAt);
            return null;
        }

        switch (_taken.Take(request.Id, request.ExpiresAt, out var abandoned))
        {
            case Taking.Repeated when request.Kind == RpcKind.Confirmation:
                return null;
            case Taking.Repeated:
                Log.Repeated(logger, request.Id, request.AppId, Interlocked.Increment(ref _repeated));
                return null;
            case Taking.Full:
                _ = AnswerAsync(request, () => Task.FromResult<RpcOutcome?>(RpcErrors.HostOverloaded), CancellationToken.None);
                return null;
            case Taking.Taken when request.Kind == RpcKind.Confirmation:
                _ = AnswerAsync(request, () => Task.FromResult<RpcOutcome?>(RpcErrors.SupervisorLost), CancellationToken.None);
                return null;
            default:
                return body => _ = AnswerAsync(request, () => HandleAsync(request, body, handler, abandoned), abandoned);
        }
    }

    private async Task<RpcOutcome?> HandleAsync(RpcRequest request, ReadOnlyMemory<byte> body, Handler handler, CancellationToken abandoned)
    {
        if (request.Kind != RpcKind.Call)
        {
            return await handler(request, body, abandoned);
        }

        if (abandoned.IsCancellationRequested)
        {
            return null; // it was called off before it began
        }

        if (request.SentAt is { } sentAt)
        {
            metrics.Arrived(time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(sentAt));
        }

        var begun = time.GetTimestamp();
        using var span = RpcSpans.Serve(request);
        var outcome = await handler(span is null ? request : request with { Trace = TraceContext.Of(span) }, body, abandoned);
        RpcSpans.End(span, outcome);
        metrics.Served(request.AppId, time.GetElapsedTime(begun), outcome?.Code);
        return outcome;
    }

    private async Task AnswerAsync(RpcRequest request, Func<Task<RpcOutcome?>> handle, CancellationToken abandoned)
    {
        Interlocked.Increment(ref _answering);
        try
        {
            if (await handle() is not { } outcome || abandoned.IsCancellationRequested)
            {
                return;
            }

            var reply = new RpcReply(request.Id, outcome.Error is not null, outcome.Code);
            var body = outcome.Error is null ? outcome.Result : Encoding.UTF8.GetBytes(outcome.Error);
            await _senders.For(request.ReplyQueue).SendAsync(JsonSerializer.SerializeToUtf8Bytes(reply, ChannelJson.Default.RpcReply), body, CancellationToken.None);
        }
        catch (Exception exception) when (exception.IsStorageFault() || exception is ChannelClosedException)
        {
            // Whoever asked is gone, with its queue, or storage is down: then the caller runs into its deadline.
            Log.NotSent(logger, exception, request.Id, request.ReplyQueue);
            if (exception is RequestFailedException { Status: (int)HttpStatusCode.NotFound })
            {
                await _senders.EndAsync(request.ReplyQueue);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Log.Failed(logger, exception, request.Id, request.AppId);
        }
        finally
        {
            _taken.Finish(request.Id);
            Answered();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1221, LogLevel.Warning, "Call {CallId} to {AppId} arrived after its deadline and was dropped")]
        public static partial void Expired(ILogger logger, Guid callId, string appId);

        [LoggerMessage(1223, LogLevel.Error, "Call {CallId} to {AppId} failed in the supervisor and runs into its deadline")]
        public static partial void Failed(ILogger logger, Exception exception, Guid callId, string appId);

        [LoggerMessage(1224, LogLevel.Warning, "Call {CallId} to {AppId} came a second time, or after its caller had left, and was dropped; {Count} such until now")]
        public static partial void Repeated(ILogger logger, Guid callId, string appId, long count);

        [LoggerMessage(1222, LogLevel.Warning, "The reply to call {CallId} could not be put on {Queue}")]
        public static partial void NotSent(ILogger logger, Exception exception, Guid callId, string queue);
    }
}
