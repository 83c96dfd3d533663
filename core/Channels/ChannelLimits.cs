namespace RootCx.Core.Channels;

/// <summary>What Azure Storage Queues allow, and the times that make a request run at most once.</summary>
public static class ChannelLimits
{
    /// <summary>Most bytes in one queue message: 64 KiB of text, which Base64 leaves three quarters of.</summary>
    public const int MessageBytes = 48 * 1024;

    /// <summary>Most bytes in the header of a frame, which leaves room for what is around it.</summary>
    public const int HeaderBytes = MessageBytes - 1024;

    /// <summary>Most messages that one receive returns.</summary>
    public const int ReceiveBatch = 32;

    /// <summary>Longest that a call may be allowed to take; see <see cref="RpcOptions.Timeout"/>.</summary>
    public static readonly TimeSpan MostTimeout = TimeSpan.FromMinutes(3);

    /// <summary>How long a message is kept. Longer than any request lives, with room for clocks that differ.</summary>
    public static readonly TimeSpan TimeToLive = MostTimeout + TimeSpan.FromMinutes(2);

    /// <summary>
    /// How long a received message stays hidden. As long as it is kept at all: when whoever received it died, it is gone before it would come back.
    /// </summary>
    public static readonly TimeSpan Visibility = TimeToLive;
}
