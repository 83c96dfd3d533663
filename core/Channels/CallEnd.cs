namespace RootCx.Core.Channels;

/// <summary>How a call ended, as far as it says something about the worker that it went to.</summary>
public enum CallEnd
{
    /// <summary>The worker had its say.</summary>
    Answered,

    /// <summary>It was too slow, or the caller left.</summary>
    Unanswered,

    /// <summary>Its supervisor had too much to do, for others, to begin it.</summary>
    TurnedAway,
}
