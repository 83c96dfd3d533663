using RootCx.Core.Channels;

namespace RootCx.SupervisorHost.Workers;

/// <summary>
/// Where an app's calls go at the moment: to a worker, nowhere, or they wait until it is known. A call never waits longer than its own deadline.
/// </summary>
/// <param name="most">So many may wait, here or for the worker's answer; more are refused.</param>
/// <param name="time">The clock of deadlines.</param>
internal sealed class CallGate(int most, TimeProvider time)
{
    private int _calls;
    private volatile Position _position = new(null, IsKnown: true);

    /// <summary>The worker that calls go to, or null.</summary>
    public WorkerProcess? Worker => _position.Worker;

    /// <summary>Whether calls fail.</summary>
    public bool IsShut => _position is { Worker: null, IsKnown: true };

    /// <summary>Calls go to <paramref name="worker"/>.</summary>
    public void OpenTo(WorkerProcess worker) => Move(new Position(worker, IsKnown: true));

    /// <summary>Calls fail.</summary>
    public void Shut() => Move(new Position(null, IsKnown: true));

    /// <summary>Calls wait.</summary>
    public void Hold() => Move(new Position(null, IsKnown: false));

    /// <summary>Calls a handler; null when the call's deadline passed, or its caller left, first. A handler that has begun by then runs on.</summary>
    public async Task<RpcOutcome?> CallAsync(RpcRequest request, ReadOnlyMemory<byte> parameters, CancellationToken abandoned)
    {
        try
        {
            return Interlocked.Increment(ref _calls) <= most ? await PassAsync(request, parameters, abandoned) : RpcErrors.WorkerOverloaded;
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
    }

    private async Task<RpcOutcome?> PassAsync(RpcRequest request, ReadOnlyMemory<byte> parameters, CancellationToken abandoned)
    {
        var left = request.ExpiresAt - time.GetUtcNow();
        if (left <= TimeSpan.Zero)
        {
            return null;
        }

        using var deadline = new CancellationTokenSource(left, time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, abandoned);
        try
        {
            while (true)
            {
                over.Token.ThrowIfCancellationRequested();
                var position = _position;
                if (position is { IsKnown: true, Worker: null })
                {
                    return RpcErrors.WorkerNotRunning;
                }

                if (position.Worker is { } worker
                    && await worker.CallAsync(request.Method, parameters, request.Caller, request.Trace, over.Token) is { } outcome)
                {
                    return outcome;
                }

                // The worker is about to be replaced, or there is none yet.
                await position.Left.Task.WaitAsync(over.Token);
            }
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private void Move(Position next)
    {
        var previous = _position;
        _position = next;
        previous.Left.TrySetResult();
    }

    private sealed record Position(WorkerProcess? Worker, bool IsKnown)
    {
        public TaskCompletionSource Left { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
