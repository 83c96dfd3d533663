using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace RootCx.Bench.Rpc;

/// <summary>A request queue and a reply queue, used without anything of ours.</summary>
internal sealed class RawQueues : IAsyncDisposable
{
    private static readonly BinaryData Message = BinaryData.FromString(new string('x', 300));

    private readonly QueueClient _requests;
    private readonly QueueClient _replies;

    private RawQueues(QueueClient requests, QueueClient replies) => (_requests, _replies) = (requests, replies);

    /// <summary>Makes both.</summary>
    public static async Task<RawQueues> CreateAsync(string storage, CancellationToken cancellationToken)
    {
        var service = new QueueServiceClient(storage, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });
        var name = Guid.NewGuid().ToString("n")[..8];
        return new RawQueues(
            await service.CreateQueueAsync($"bench-requests-{name}", cancellationToken: cancellationToken),
            await service.CreateQueueAsync($"bench-replies-{name}", cancellationToken: cancellationToken));
    }

    /// <summary>Put and get on the one, put and get on the other. Each message is hidden for an hour once it was got, so that the next get finds the next one.</summary>
    public async Task RoundTripAsync()
    {
        await PassAsync(_requests);
        await PassAsync(_replies);
    }

    /// <summary>Put, get and delete of one message.</summary>
    public async Task CycleAsync()
    {
        await _requests.SendMessageAsync(Message);
        QueueMessage[] received = await _requests.ReceiveMessagesAsync(1, TimeSpan.FromHours(1));
        foreach (var message in received)
        {
            await _requests.DeleteMessageAsync(message.MessageId, message.PopReceipt);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _requests.DeleteAsync();
        await _replies.DeleteAsync();
    }

    private static async Task PassAsync(QueueClient queue)
    {
        await queue.SendMessageAsync(Message);
        QueueMessage[] received = await queue.ReceiveMessagesAsync(32, TimeSpan.FromHours(1));
        if (received.Length != 1)
        {
            throw new InvalidOperationException($"Expected one message, got {received.Length}.");
        }

        // Out of the way of the next one; like the platform, without waiting for it.
        _ = queue.DeleteMessageAsync(received[0].MessageId, received[0].PopReceipt);
    }
}
