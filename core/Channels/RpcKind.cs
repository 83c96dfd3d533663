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
}
