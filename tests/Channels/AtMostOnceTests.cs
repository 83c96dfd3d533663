using System.Collections.Concurrent;
using System.Text.Json;
using Azure.Storage.Queues.Models;
using RootCx.Core.Channels;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Channels;

/// <summary>What the queue may do to a call without its handler running twice. Replies go to a queue of the test's own, so that all of them are seen.</summary>
public sealed class AtMostOnceTests(PlatformStack stack)
{
    private readonly string _replies = $"answers-{Guid.NewGuid():n}";
    private readonly ConcurrentQueue<string> _run = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_that_is_on_the_queue_twice_runs_once_and_is_answered_once(bool large)
    {
        await using var channel = await OpenAsync();
        var call = Request("twice");
        var blob = large ? await channel.ClaimChecks.CheckInAsync("7"u8.ToArray(), TestContext.Current.CancellationToken) : null;
        var frame = new Frame(Header(call), large ? default : "7"u8.ToArray(), blob);

        await channel.PutAsync(frame);
        await channel.PutAsync(frame, frame);
        var last = Request("last");
        await channel.PutAsync(new Frame(Header(last), "8"u8.ToArray()));

        Assert.Equal([call.Id, last.Id], (await RepliesAsync(channel, until: [call.Id, last.Id])).OrderBy(id => id == last.Id));
        Assert.Equal(["last 8", "twice 7"], _run.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_call_that_its_cancellation_overtook_is_not_run()
    {
        await using var channel = await OpenAsync();
        var call = Request("cancelled");
        await channel.PutAsync(new Frame(Header(call with { Kind = RpcKind.Cancellation }), default));
        await channel.PutAsync(new Frame(Header(call), "7"u8.ToArray()));
        var last = Request("last");
        await channel.PutAsync(new Frame(Header(last), "8"u8.ToArray()));

        Assert.Equal([last.Id], await RepliesAsync(channel, until: [last.Id]));
        Assert.Equal(["last 8"], _run);
    }

    [Fact]
    public async Task A_call_that_is_called_off_in_the_same_batch_is_not_run()
    {
        await using var channel = await OpenAsync();
        var call = Request("cancelled");
        await channel.PutAsync(new Frame(Header(call), "7"u8.ToArray()), new Frame(Header(call with { Kind = RpcKind.Cancellation }), default));
        var last = Request("last");
        await channel.PutAsync(new Frame(Header(last), "8"u8.ToArray()));

        Assert.Equal([last.Id], await RepliesAsync(channel, until: [last.Id]));
        Assert.Equal(["last 8"], _run);
    }

    [Fact]
    public void A_request_is_remembered_until_its_deadline_and_no_more_than_there_is_room_for()
    {
        var clock = new ManualClock();
        var taken = new TakenCalls(clock, most: 2);
        var id = Guid.NewGuid();
        Assert.Equal(Taking.Taken, taken.Take(id, clock.GetUtcNow().AddSeconds(30), out _));
        Assert.Equal(Taking.Taken, taken.Take(Guid.NewGuid(), clock.GetUtcNow().AddSeconds(10), out _));
        Assert.Equal(Taking.Full, taken.Take(Guid.NewGuid(), clock.GetUtcNow().AddSeconds(10), out _));
        taken.Finish(id);
        Assert.Equal(Taking.Repeated, taken.Take(id, clock.GetUtcNow().AddSeconds(30), out _));

        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(Taking.Taken, taken.Take(Guid.NewGuid(), clock.GetUtcNow().AddYears(1), out _));
        Assert.Equal(Taking.Repeated, taken.Take(id, clock.GetUtcNow().AddSeconds(20), out _));

        clock.Advance(ChannelLimits.TimeToLive);
        Assert.Equal(Taking.Taken, taken.Take(Guid.NewGuid(), clock.GetUtcNow().AddSeconds(1), out _));
        Assert.Equal(Taking.Taken, taken.Take(Guid.NewGuid(), clock.GetUtcNow().AddSeconds(1), out _));
    }

    [Fact]
    public void No_message_comes_back_while_what_it_carries_may_still_be_run()
    {
        Assert.True(ChannelLimits.Visibility > ChannelLimits.MostTimeout);
        Assert.True(ChannelLimits.Visibility >= ChannelLimits.TimeToLive);
    }

    private async Task<ChannelPair> OpenAsync()
    {
        var channel = await ChannelPair.OpenAsync(stack, (request, parameters, _) =>
        {
            _run.Enqueue($"{request.Method} {JsonSerializer.Deserialize<int>(parameters.Span)}");
            return Task.FromResult<RpcOutcome?>(new RpcOutcome(parameters));
        });
        await channel.Queues.CreateQueueAsync(_replies, cancellationToken: TestContext.Current.CancellationToken);
        return channel;
    }

    private RpcRequest Request(string method) => new(Guid.NewGuid(), "app", method, null, DateTimeOffset.UtcNow.AddMinutes(1), _replies);

    private static byte[] Header(RpcRequest request) => JsonSerializer.SerializeToUtf8Bytes(request, JsonSerializerOptions.Web);

    // All that came, also the ones that nobody should have sent.
    private async Task<IReadOnlyList<Guid>> RepliesAsync(ChannelPair channel, Guid[] until)
    {
        var ids = new List<Guid>();
        await Eventually.TrueAsync(
            async () =>
            {
                QueueMessage[] messages = await channel.Queues.GetQueueClient(_replies)
                    .ReceiveMessagesAsync(32, TimeSpan.FromMinutes(5), TestContext.Current.CancellationToken);
                ids.AddRange(messages.SelectMany(message => Frame.ReadAll(message.Body.ToMemory())).Select(IdOf));
                return until.All(ids.Contains);
            },
            "the replies did not come");
        await channel.Queues.DeleteQueueAsync(_replies, TestContext.Current.CancellationToken);
        return ids;
    }

    private static Guid IdOf(Frame frame) => JsonSerializer.Deserialize<RpcReply>(frame.Header.Span, JsonSerializerOptions.Web)!.Id; // a reply is no null
}
