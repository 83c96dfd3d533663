using Microsoft.Azure.Functions.Worker;
using RootCx.Core.Channels;

namespace RootCx.Functions.Rpc;

/// <summary>Keeps the request channel's storage in order.</summary>
public sealed class ChannelMaintenance(ChannelSweeper sweeper)
{
    /// <summary>Every ten minutes: deletes the queues of processes that died, and large bodies that nobody fetched.</summary>
    [Function("ChannelMaintenance")]
    public Task Run([TimerTrigger("0 */10 * * * *")] TimerInfo timer)
    {
        _ = timer; // that it is due is all it says
        return sweeper.SweepAsync(CancellationToken.None);
    }
}
