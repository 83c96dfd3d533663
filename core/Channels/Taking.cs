namespace RootCx.Core.Channels;

/// <summary>What came of taking a request.</summary>
public enum Taking
{
    /// <summary>It is to be carried out.</summary>
    Taken,

    /// <summary>It was taken before, or its caller has left: it is to be dropped.</summary>
    Repeated,

    /// <summary>No more can be remembered at the moment: it is to be refused.</summary>
    Full,
}
