using System.ComponentModel.DataAnnotations;

namespace RootCx.Core.Channels;

/// <summary>Calls to workers; section <c>Rpc</c>.</summary>
public sealed class RpcOptions
{
    /// <summary>The section these are bound to.</summary>
    public const string Section = "Rpc";

    /// <summary>How long a call may take in all, the ways through both queues included; see <see cref="ChannelLimits.MostTimeout"/>.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:03:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);
}
