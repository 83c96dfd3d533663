using System.Globalization;
using Azure.Storage.Queues;
using Microsoft.Extensions.Logging.Abstractions;
using RootCx.Core.Channels;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Channels;

/// <summary>Sweeps only under names of the test's own, because other tests have queues too.</summary>
public sealed class ChannelSweeperTests(PlatformStack stack)
{
    private readonly string _prefix = $"{ReplyQueue.Prefix}{Guid.NewGuid():n}-";

    [Fact]
    public async Task Queues_of_the_dead_are_deleted_once_they_are_empty()
    {
        await using var channel = await ChannelPair.OpenAsync(stack, NothingAsync);
        await CreateAsync(channel, "alive", DateTimeOffset.UtcNow - KeptQueue.Grace + TimeSpan.FromMinutes(5));
        await CreateAsync(channel, "dead", DateTimeOffset.UtcNow - KeptQueue.Grace - TimeSpan.FromMinutes(1));
        await CreateAsync(channel, "unmarked", heartbeat: null);
        var unread = await CreateAsync(channel, "unread", heartbeat: null);
        await unread.SendMessageAsync("something", cancellationToken: TestContext.Current.CancellationToken);
        await using var kept = await KeptQueue.OpenAsync(
            channel.Queues.GetQueueClient($"{_prefix}kept"), TimeProvider.System, NullLogger.Instance, TestContext.Current.CancellationToken);

        Assert.Equal(2, await Sweeper(channel).SweepQueuesAsync(_prefix, TestContext.Current.CancellationToken));
        Assert.Equal(["alive", "kept", "unread"], await NamesAsync(channel));

        await unread.ClearMessagesAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, await Sweeper(channel).SweepQueuesAsync(_prefix, TestContext.Current.CancellationToken));
        foreach (var name in await NamesAsync(channel))
        {
            await channel.Queues.DeleteQueueAsync($"{_prefix}{name}", TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_process_that_was_taken_for_dead_makes_its_queue_anew()
    {
        var replies = new TaskCompletionSource<string>();
        var end = new TaskCompletionSource();
        await using var channel = await ChannelPair.OpenAsync(stack, async (request, parameters, _) =>
        {
            replies.SetResult(request.ReplyQueue);
            await end.Task;
            return new RpcOutcome(parameters);
        });
        var call = channel.CallAsync("echo", "1"u8.ToArray());
        var queue = channel.Queues.GetQueueClient(await replies.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));

        await queue.DeleteAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(async () => await queue.ExistsAsync(TestContext.Current.CancellationToken), "the queue was not made anew");
        end.SetResult();
        Assert.Null((await call).Error);
    }

    [Fact]
    public async Task A_process_that_was_away_looks_after_its_queue_before_it_uses_it()
    {
        await using var channel = await ChannelPair.OpenAsync(stack, NothingAsync);
        var clock = new SetClock(DateTimeOffset.UtcNow);
        var queue = channel.Queues.GetQueueClient($"{_prefix}away");
        await using var kept = await KeptQueue.OpenAsync(queue, clock, NullLogger.Instance, TestContext.Current.CancellationToken);
        await queue.DeleteAsync(TestContext.Current.CancellationToken);

        await kept.EnsureAsync(TestContext.Current.CancellationToken);
        Assert.False(await queue.ExistsAsync(TestContext.Current.CancellationToken)); // it trusts what it knew a moment ago

        clock.Now += KeptQueue.Grace;
        await kept.EnsureAsync(TestContext.Current.CancellationToken);
        Assert.True(await queue.ExistsAsync(TestContext.Current.CancellationToken));
        await queue.DeleteAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Bodies_that_nobody_fetched_are_deleted_when_they_are_old()
    {
        await using var channel = await ChannelPair.OpenAsync(stack, NothingAsync);
        var body = await channel.ClaimChecks.CheckInAsync("1"u8.ToArray(), TestContext.Current.CancellationToken);

        Assert.Equal(0, await channel.ClaimChecks.SweepAsync(body, DateTimeOffset.UtcNow.AddMinutes(-1), TestContext.Current.CancellationToken));
        Assert.Equal(1, await channel.ClaimChecks.SweepAsync(body, DateTimeOffset.UtcNow.AddMinutes(1), TestContext.Current.CancellationToken));
        Assert.Equal(0, await channel.ClaimChecks.SweepAsync(body, DateTimeOffset.UtcNow.AddMinutes(1), TestContext.Current.CancellationToken));
    }

    private static Task<RpcOutcome?> NothingAsync(RpcRequest request, ReadOnlyMemory<byte> parameters, CancellationToken abandoned) => Task.FromResult<RpcOutcome?>(null);

    private static ChannelSweeper Sweeper(ChannelPair channel) =>
        new(channel.Queues, channel.ClaimChecks, TimeProvider.System, NullLogger<ChannelSweeper>.Instance);

    private async Task<QueueClient> CreateAsync(ChannelPair channel, string name, DateTimeOffset? heartbeat)
    {
        var metadata = heartbeat is { } at
            ? new Dictionary<string, string> { [KeptQueue.HeartbeatKey] = at.ToString("O", CultureInfo.InvariantCulture) }
            : [];
        return await channel.Queues.CreateQueueAsync($"{_prefix}{name}", metadata, TestContext.Current.CancellationToken);
    }

    private async Task<IReadOnlyList<string>> NamesAsync(ChannelPair channel)
    {
        var names = new List<string>();
        await foreach (var queue in channel.Queues.GetQueuesAsync(prefix: _prefix, cancellationToken: TestContext.Current.CancellationToken))
        {
            names.Add(queue.Name[_prefix.Length..]);
        }

        return names;
    }
}
