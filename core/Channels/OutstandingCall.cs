namespace RootCx.Core.Channels;

/// <summary>A request that was made and not answered.</summary>
/// <param name="Request">What was asked for.</param>
/// <param name="SupervisorId">Who is to answer.</param>
/// <param name="MadeAt">When, as a timestamp of the clock.</param>
internal sealed record OutstandingCall(RpcRequest Request, string SupervisorId, long MadeAt)
{
    private int _confirmed;

    /// <summary>Its outcome.</summary>
    public TaskCompletionSource<RpcOutcome> Reply { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>True the first time: whether a supervisor that was started anew knows of a call is asked once.</summary>
    public bool TryConfirm() => Interlocked.Exchange(ref _confirmed, 1) == 0;
}
