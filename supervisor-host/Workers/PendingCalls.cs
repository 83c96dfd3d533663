using System.Collections.Concurrent;
using System.Globalization;
using RootCx.Core.Channels;

namespace RootCx.SupervisorHost.Workers;

/// <summary>The calls that a worker has been sent and has not answered. Ids are ours; an answer to any other is ignored.</summary>
internal sealed class PendingCalls
{
    // Of handlers that nobody waits for, so many are still known by whom they work for.
    private const int MostAbandoned = 10_000;

    private readonly ConcurrentDictionary<string, PendingCall> _calls = new();
    private readonly ConcurrentDictionary<string, Guid?> _abandoned = new();
    private readonly ConcurrentQueue<string> _abandonedIds = new(); // the oldest first, also of those that were answered since
    private volatile TaskCompletionSource? _drained;
    private long _lastId;

    /// <summary>How many there are.</summary>
    public int Count => _calls.Count;

    /// <summary>Opens a call.</summary>
    /// <param name="userId">Whose it is, null for nobody's.</param>
    public (string Id, Task<RpcOutcome> Outcome) Open(Guid? userId)
    {
        var id = Interlocked.Increment(ref _lastId).ToString(CultureInfo.InvariantCulture);
        var call = new PendingCall(userId);
        _calls[id] = call;
        return (id, call.Task);
    }

    /// <summary>Whose a call is, also one that was abandoned; null when it is nobody's, or there is none of that id any more.</summary>
    public Guid? UserOf(string id) => _calls.TryGetValue(id, out var call) ? call.UserId : _abandoned.GetValueOrDefault(id);

    /// <summary>Answers a call; false when there is none of that id, or it was answered already.</summary>
    public bool TryAnswer(string id, RpcOutcome outcome)
    {
        _abandoned.TryRemove(id, out _);
        var answered = _calls.TryRemove(id, out var call) && call.TrySetResult(outcome);
        TellIfDrained();
        return answered;
    }

    /// <summary>Nobody waits for the answer any more, but the handler still works for whoever called.</summary>
    public void Abandon(string id)
    {
        if (_calls.TryGetValue(id, out var call) && call.UserId is { } userId)
        {
            _abandoned[id] = userId;
            if (!_calls.ContainsKey(id))
            {
                _abandoned.TryRemove(id, out _); // it was answered in this very moment
                return;
            }

            _abandonedIds.Enqueue(id);
            if (_abandonedIds.Count > MostAbandoned && _abandonedIds.TryDequeue(out var oldest))
            {
                _abandoned.TryRemove(oldest, out _);
            }
        }

        Forget(id);
    }

    /// <summary>The call is over, or was never sent.</summary>
    public void Forget(string id)
    {
        _calls.TryRemove(id, out _);
        TellIfDrained();
    }

    /// <summary>Answers all of them.</summary>
    public void AnswerAll(RpcOutcome outcome)
    {
        foreach (var id in _calls.Keys)
        {
            TryAnswer(id, outcome);
        }
    }

    /// <summary>Completes once there are none. Asked for when no new ones come.</summary>
    public Task WhenDrained()
    {
        var drained = _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        TellIfDrained();
        return drained.Task;
    }

    private void TellIfDrained()
    {
        if (_drained is { } drained && _calls.IsEmpty)
        {
            drained.TrySetResult();
        }
    }

    private sealed class PendingCall(Guid? userId) : TaskCompletionSource<RpcOutcome>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public Guid? UserId { get; } = userId;
    }
}
