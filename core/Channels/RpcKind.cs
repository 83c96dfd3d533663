namespace RootCx.Core.Channels;

/// <summary>What a request asks a supervisor for. Travels as a number.</summary>
public enum RpcKind
{
    /// <summary>To call a handler.</summary>
    Call,

    /// <summary>What it knows of the app's worker.</summary>
    Inspection,

    /// <summary>To drop the call of the same id, whose caller has left. Not answered.</summary>
    Cancellation,

    /// <summary>
    /// Whether the call of the same id has arrived: for one that was made before this supervisor was started, and may have been taken by the process before it.
    /// If it has not, the answer is the call's, <see cref="RpcErrors.SupervisorLost"/>, and it is not taken any more; otherwise there is none but the call's own.
    /// </summary>
    Confirmation,
}
