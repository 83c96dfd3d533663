using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Azure.Storage.Queues;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Auth;
using RootCx.Core.Doorbells;
using RootCx.Core.Errors;
using RootCx.Core.Storage;
using RootCx.Core.Telemetry;

namespace RootCx.Core.Channels;

/// <summary>
/// The API's end of the request channel: puts a call on the queue of the supervisor that runs the app and waits for the reply on a queue that
/// belongs to this process alone. The reply queue is made with the first call and removed when the process stops.
/// </summary>
public sealed partial class RpcClient : IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan InspectTimeout = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<Guid, OutstandingCall> _waiting = new();
    private readonly CallAdmission _admission;
    private readonly QueueSenders _senders;
    private readonly SupervisorWatch _watch;
    private readonly QueueServiceClient _queues;
    private readonly ClaimChecks _claimChecks;
    private readonly DoorbellListener _listener;
    private readonly RpcOptions _options;
    private readonly PlatformMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<RpcClient> _logger;
    private readonly string _replyQueue = ReplyQueue.NewName();
    private readonly SemaphoreSlim _opening = new(1, 1);
    private QueueReceiver? _receiver;

    /// <summary>Opens nothing yet.</summary>
    public RpcClient(
        QueueServiceClient queues,
        ClaimChecks claimChecks,
        Doorbell doorbell,
        DoorbellListener listener,
        NpgsqlDataSource database,
        IOptions<RpcOptions> options,
        PlatformMetrics metrics,
        TimeProvider time,
        ILogger<RpcClient> logger)
    {
        _queues = queues;
        _claimChecks = claimChecks;
        _listener = listener;
        _options = options.Value;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _admission = new CallAdmission(_options, time);
        _senders = new QueueSenders(queues, claimChecks, doorbell, metrics, time, logger);
        _watch = new SupervisorWatch(database, () => [.. _waiting.Values], Lose, call => _ = TellAsync(call, RpcKind.Confirmation), time, logger);
    }

    /// <summary>Calls <paramref name="method"/> of the app on one of <paramref name="supervisorIds"/>; a late reply is dropped.</summary>
    /// <param name="supervisorIds">Those that run the app, at least one; the call goes where the fewest are under way.</param>
    /// <param name="appId">The app.</param>
    /// <param name="method">The handler.</param>
    /// <param name="parameters">JSON.</param>
    /// <param name="caller">Who calls, or null for the platform.</param>
    /// <param name="cancellationToken">
    /// The client went away: nobody waits any more. The supervisor is told, and drops the call if it was not begun; the handler, if begun, runs on.
    /// </param>
    /// <exception cref="RefusedException">There are too many calls, or the channel itself is out of order (503).</exception>
    public async Task<RpcOutcome> CallAsync(
        IReadOnlyCollection<string> supervisorIds,
        string appId,
        string method,
        ReadOnlyMemory<byte> parameters,
        Caller? caller,
        CancellationToken cancellationToken)
    {
        using var span = RpcSpans.Call(appId, method);
        var supervisorId = _admission.Enter(supervisorIds, appId);
        var end = CallEnd.Unanswered;
        var now = _time.GetUtcNow();
        var begun = _time.GetTimestamp();
        try
        {
            var request = new RpcRequest(
                Guid.NewGuid(), appId, method, caller, now + _options.Timeout, _replyQueue, Trace: TraceContext.Current, SentAt: now.ToUnixTimeMilliseconds());
            var outcome = await RequestAsync(supervisorId, request, parameters, _options.Timeout, cancellationToken);
            RpcSpans.End(span, outcome);
            _metrics.Called(appId, _time.GetElapsedTime(begun), outcome.Code);
            end = outcome.Code switch { RpcErrors.Timeout => CallEnd.Unanswered, RpcErrors.Overloaded => CallEnd.TurnedAway, _ => CallEnd.Answered };
            return outcome;
        }
        finally
        {
            _admission.Leave(supervisorId, appId, end);
        }
    }

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
        if (_receiver is { } receiver)
        {
            await receiver.DisposeAsync(); // or it would make the queue anew
            await _queues.GetQueueClient(_replyQueue).DeleteIfExistsAsync(cancellationToken);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _watch.DisposeAsync();
        if (_receiver is { } receiver)
        {
            await receiver.DisposeAsync();
        }

        await _senders.DisposeAsync();

        _opening.Dispose();
    }

    private async Task<RpcOutcome> RequestAsync(
        string supervisorId, RpcRequest request, ReadOnlyMemory<byte> parameters, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var call = new OutstandingCall(request, supervisorId, _time.GetTimestamp());
        using var deadline = new CancellationTokenSource(timeout, _time);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        _waiting[request.Id] = call;
        try
        {
            var receiver = await OpenAsync(giveUp.Token);
            await _senders.For(SupervisorQueue.NameFor(supervisorId)).SendAsync(
                JsonSerializer.SerializeToUtf8Bytes(request, ChannelJson.Default.RpcRequest), parameters, giveUp.Token);
            receiver.Expect();
            _watch.Wake();
            return await call.Reply.Task.WaitAsync(giveUp.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return RpcErrors.TimedOut(timeout); // the supervisor knows the deadline
        }
        catch (OperationCanceledException)
        {
            _ = TellAsync(call, RpcKind.Cancellation);
            throw;
        }
        catch (Exception exception) when (exception.IsStorageFault())
        {
            Log.ChannelDown(_logger, exception, request.AppId);
            _ = TellAsync(call, RpcKind.Cancellation); // it may have arrived all the same
            throw new RefusedException(Refusal.Unavailable, "runtime not ready");
        }
        finally
        {
            _waiting.TryRemove(request.Id, out _);
        }
    }

    // Whoever takes the queue over must not run what the caller may be trying again already.
    private void Lose(OutstandingCall call)
    {
        if (call.Reply.TrySetResult(RpcErrors.SupervisorLost))
        {
            _ = TellAsync(call, RpcKind.Cancellation);
        }
    }

    // To spare work or waiting, not for good order: what it says that does not arrive comes about with the deadline.
    private async Task TellAsync(OutstandingCall call, RpcKind kind)
    {
        var request = call.Request;
        try
        {
            var message = request with { Kind = kind, Method = "", Caller = null };
            await _senders.For(SupervisorQueue.NameFor(call.SupervisorId)).SendAsync(
                JsonSerializer.SerializeToUtf8Bytes(message, ChannelJson.Default.RpcRequest), default, CancellationToken.None);
        }
        catch (Exception exception) when (exception.IsStorageFault() || exception is OperationCanceledException or ChannelClosedException)
        {
            Log.NotTold(_logger, exception, kind, request.Id, request.AppId);
        }
    }

    private async ValueTask<QueueReceiver> OpenAsync(CancellationToken cancellationToken)
    {
        if (_receiver is { } open)
        {
            await open.Queue.EnsureAsync(cancellationToken);
            return open;
        }

        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_receiver is null)
            {
                var queue = await KeptQueue.OpenAsync(_queues.GetQueueClient(_replyQueue), _time, _logger, cancellationToken);
                _receiver = new QueueReceiver(queue, _claimChecks, _listener, Received, Pace, _metrics, _time, _logger);
            }

            return _receiver;
        }
        finally
        {
            _opening.Release();
        }
    }

    private LookPace? Pace() => _waiting.IsEmpty ? null : LookPace.ForReplies(_listener.IsHearing);

    // A reply that was put twice is taken once: with the first, nobody waits for the second.
    private Action<ReadOnlyMemory<byte>>? Received(ReadOnlyMemory<byte> header) =>
        JsonSerializer.Deserialize(header.Span, ChannelJson.Default.RpcReply) is { } reply && _waiting.TryRemove(reply.Id, out var waiting)
            ? body => waiting.Reply.TrySetResult(reply.Failed ? new RpcOutcome(default, Encoding.UTF8.GetString(body.Span), reply.Code) : new RpcOutcome(body, Code: reply.Code))
            : null;

    private static partial class Log
    {
        [LoggerMessage(1211, LogLevel.Error, "The request channel to {AppId} is out of order")]
        public static partial void ChannelDown(ILogger logger, Exception exception, string appId);

        [LoggerMessage(1212, LogLevel.Debug, "The {Kind} of call {CallId} to {AppId} could not be sent")]
        public static partial void NotTold(ILogger logger, Exception exception, RpcKind kind, Guid callId, string appId);
    }
}
