using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using Azure.Storage.Queues;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RootCx.Core.Auth;
using RootCx.Core.Doorbells;
using RootCx.Core.Errors;
using RootCx.Core.Storage;

namespace RootCx.Core.Channels;

/// <summary>
/// The API's end of the request channel: puts a call on the queue of the supervisor that runs the app and waits for the reply on a queue that
/// belongs to this process alone. The reply queue is made with the first call and removed when the process stops.
/// </summary>
public sealed partial class RpcClient : IHostedService, IAsyncDisposable
{
    // With calls under way the reply queue is looked at this often even without a ring; without, not at all.
    private static readonly TimeSpan BusyRest = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan InspectTimeout = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<Guid, TaskCompletionSource<RpcOutcome>> _waiting = new();
    private readonly ConcurrentDictionary<string, QueueSender> _senders = new();
    private readonly QueueServiceClient _queues;
    private readonly ClaimChecks _claimChecks;
    private readonly Doorbell _doorbell;
    private readonly DoorbellListener _listener;
    private readonly RpcOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<RpcClient> _logger;
    private readonly string _replyQueue = $"reply-{Guid.NewGuid():n}";
    private readonly SemaphoreSlim _opening = new(1, 1);
    private QueueReceiver? _receiver;

    /// <summary>Opens nothing yet.</summary>
    public RpcClient(
        QueueServiceClient queues,
        ClaimChecks claimChecks,
        Doorbell doorbell,
        DoorbellListener listener,
        IOptions<RpcOptions> options,
        TimeProvider time,
        ILogger<RpcClient> logger)
    {
        _queues = queues;
        _claimChecks = claimChecks;
        _doorbell = doorbell;
        _listener = listener;
        _options = options.Value;
        _time = time;
        _logger = logger;
    }

    /// <summary>Calls <paramref name="method"/> of the app on the supervisor <paramref name="supervisorId"/>; a late reply is dropped.</summary>
    /// <param name="supervisorId">Runs the app.</param>
    /// <param name="appId">The app.</param>
    /// <param name="method">The handler.</param>
    /// <param name="parameters">JSON.</param>
    /// <param name="caller">Who calls, or null for the platform.</param>
    /// <param name="cancellationToken">
    /// The client went away: nobody waits any more. The supervisor is told, and drops the call if it was not begun; the handler, if begun, runs on.
    /// </param>
    /// <exception cref="RefusedException">The channel itself is out of order (503).</exception>
    public Task<RpcOutcome> CallAsync(
        string supervisorId, string appId, string method, ReadOnlyMemory<byte> parameters, Caller? caller, CancellationToken cancellationToken) =>
        RequestAsync(
            supervisorId,
            new RpcRequest(Guid.NewGuid(), appId, method, caller, _time.GetUtcNow() + _options.Timeout, _replyQueue),
            parameters,
            _options.Timeout,
            cancellationToken);

    /// <summary>Asks the supervisor <paramref name="supervisorId"/> about the app's worker; the result is a JSON object. It has 3 s to answer.</summary>
    /// <exception cref="RefusedException">The channel itself is out of order (503).</exception>
    public Task<RpcOutcome> InspectAsync(string supervisorId, string appId, CancellationToken cancellationToken) =>
        RequestAsync(
            supervisorId,
            new RpcRequest(Guid.NewGuid(), appId, "", null, _time.GetUtcNow() + InspectTimeout, _replyQueue, RpcKind.Inspection),
            default,
            InspectTimeout,
            cancellationToken);

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_receiver is not null)
        {
            await _queues.GetQueueClient(_replyQueue).DeleteIfExistsAsync(cancellationToken);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_receiver is { } receiver)
        {
            await receiver.DisposeAsync();
        }

        foreach (var sender in _senders.Values)
        {
            await sender.DisposeAsync();
        }

        _opening.Dispose();
    }

    private async Task<RpcOutcome> RequestAsync(
        string supervisorId, RpcRequest request, ReadOnlyMemory<byte> parameters, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var reply = new TaskCompletionSource<RpcOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var deadline = new CancellationTokenSource(timeout, _time);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        _waiting[request.Id] = reply;
        try
        {
            var receiver = await OpenAsync(giveUp.Token);
            await SenderFor(supervisorId).SendAsync(
                JsonSerializer.SerializeToUtf8Bytes(request, ChannelJson.Default.RpcRequest), parameters, giveUp.Token);
            receiver.Reconsider();
            return await reply.Task.WaitAsync(giveUp.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return RpcErrors.TimedOut(timeout); // the supervisor knows the deadline
        }
        catch (OperationCanceledException)
        {
            _ = CancelAsync(supervisorId, request);
            throw;
        }
        catch (Exception exception) when (exception.IsStorageFault())
        {
            Log.ChannelDown(_logger, exception, request.AppId);
            throw new RefusedException(Refusal.Unavailable, "runtime not ready");
        }
        finally
        {
            _waiting.TryRemove(request.Id, out _);
        }
    }

    // To spare work, not for good order: what it says will not come about is ended by the deadline in any case.
    private async Task CancelAsync(string supervisorId, RpcRequest request)
    {
        try
        {
            var cancellation = request with { Kind = RpcKind.Cancellation, Method = "", Caller = null };
            await SenderFor(supervisorId).SendAsync(
                JsonSerializer.SerializeToUtf8Bytes(cancellation, ChannelJson.Default.RpcRequest), default, CancellationToken.None);
        }
        catch (Exception exception) when (exception.IsStorageFault() || exception is OperationCanceledException or ChannelClosedException)
        {
            Log.NotCancelled(_logger, exception, request.Id, request.AppId);
        }
    }

    private QueueSender SenderFor(string supervisorId) => _senders.GetOrAdd(
        SupervisorQueue.NameFor(supervisorId),
        name => new QueueSender(_queues.GetQueueClient(name), _claimChecks, _doorbell, _time, _logger));

    private async ValueTask<QueueReceiver> OpenAsync(CancellationToken cancellationToken)
    {
        if (_receiver is { } open)
        {
            return open;
        }

        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_receiver is null)
            {
                var queue = _queues.GetQueueClient(_replyQueue);
                await queue.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
                _receiver = new QueueReceiver(queue, _claimChecks, _listener, Received, Rest, _time, _logger);
            }

            return _receiver;
        }
        finally
        {
            _opening.Release();
        }
    }

    private TimeSpan Rest() => _waiting.IsEmpty ? Timeout.InfiniteTimeSpan : BusyRest;

    // A reply that was put twice is taken once: with the first, nobody waits for the second.
    private Action<ReadOnlyMemory<byte>>? Received(ReadOnlyMemory<byte> header) =>
        JsonSerializer.Deserialize(header.Span, ChannelJson.Default.RpcReply) is { } reply && _waiting.TryRemove(reply.Id, out var waiting)
            ? body => waiting.TrySetResult(new RpcOutcome(body, reply.Error, reply.Code))
            : null;

    private static partial class Log
    {
        [LoggerMessage(1211, LogLevel.Error, "The request channel to {AppId} is out of order")]
        public static partial void ChannelDown(ILogger logger, Exception exception, string appId);

        [LoggerMessage(1212, LogLevel.Debug, "The supervisor was not told that nobody waits for call {CallId} to {AppId} any more")]
        public static partial void NotCancelled(ILogger logger, Exception exception, Guid callId, string appId);
    }
}
