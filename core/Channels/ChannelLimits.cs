namespace RootCx.Core.Channels;

/// <summary>What Azure Storage Queues allow, and the times that make a request run at most once.</summary>
public static class ChannelLimits
{
    /// <summary>Most bytes in one queue message: 64 KiB of text, which Base64 leaves three quarters of.</summary>
    public const int MessageBytes = 48 * 1024;

    /// <summary>Most messages that one receive returns.</summary>
    public const int ReceiveBatch = 32;

    /// <summary>
    /// How long a received message stays hidden. Longer than any request lives: when it comes back, because whoever received it died,
    /// what it carries has expired and is dropped unread.
    /// </summary>
    public static readonly TimeSpan Visibility = TimeSpan.FromSeconds(60);

    /// <summary>How long a message that nobody receives is kept.</summary>
    public static readonly TimeSpan TimeToLive = TimeSpan.FromMinutes(2);
}
