using System.Net;
using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging;

namespace RootCx.Core.Channels;

/// <summary>Deletes what is left in storage of processes that died: their queues, and bodies that nobody fetched.</summary>
public sealed partial class ChannelSweeper(QueueServiceClient queues, ClaimChecks claimChecks, TimeProvider time, ILogger<ChannelSweeper> logger)
{
    // Longer than any message that names a body is kept.
    private static readonly TimeSpan BodyAge = ChannelLimits.TimeToLive + TimeSpan.FromMinutes(5);

    /// <summary>Sweeps once.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        var bodies = await claimChecks.SweepAsync(prefix: "", time.GetUtcNow() - BodyAge, cancellationToken);
        var abandoned = await SweepQueuesAsync(ReplyQueue.Prefix, cancellationToken) + await SweepQueuesAsync(SupervisorQueue.Prefix, cancellationToken);
        if (bodies + abandoned > 0)
        {
            Log.Swept(logger, abandoned, bodies);
        }
    }

    /// <summary>Deletes the queues under <paramref name="prefix"/> whose owners are dead and that hold nothing; returns how many.</summary>
    public async Task<int> SweepQueuesAsync(string prefix, CancellationToken cancellationToken)
    {
        var deleted = 0;
        await foreach (var queue in queues.GetQueuesAsync(QueueTraits.Metadata, prefix, cancellationToken))
        {
            if (KeptQueue.IsAbandoned(queue.Metadata, time.GetUtcNow()) && await DeleteAsync(queues.GetQueueClient(queue.Name), cancellationToken))
            {
                deleted++;
            }
        }

        return deleted;
    }

    // Looks again, because its owner may have come back since the list was made.
    private async Task<bool> DeleteAsync(QueueClient queue, CancellationToken cancellationToken)
    {
        try
        {
            QueueProperties properties = await queue.GetPropertiesAsync(cancellationToken);
            return properties.ApproximateMessagesCount == 0
                && KeptQueue.IsAbandoned(properties.Metadata, time.GetUtcNow())
                && await queue.DeleteIfExistsAsync(cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == (int)HttpStatusCode.NotFound)
        {
            return false; // another one sweeps too
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1231, LogLevel.Information, "Deleted {Queues} queues whose readers are gone, and {Bodies} bodies that nobody fetched")]
        public static partial void Swept(ILogger logger, int queues, int bodies);
    }
}
