namespace RootCx.Core.Channels;

/// <summary>Names of the queues that replies come back on.</summary>
public static class ReplyQueue
{
    /// <summary>What they all begin with.</summary>
    public const string Prefix = "reply-";

    /// <summary>A name that no other process has.</summary>
    public static string NewName() => $"{Prefix}{Guid.NewGuid():n}";
}
