using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using RootCx.Core.Channels;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Channels;

public sealed class RequestChannelTests(PlatformStack stack)
{
    [Theory]
    [InlineData(10)]
    [InlineData(ChannelLimits.MessageBytes)]
    [InlineData(3_000_000)]
    public async Task A_body_of_any_size_goes_there_and_back(int size)
    {
        await using var channel = await ChannelPair.OpenAsync(stack, (_, parameters, _) => Task.FromResult<RpcOutcome?>(new RpcOutcome(parameters)));
        var sent = Enumerable.Range(0, size).Select(i => (byte)i).ToArray();

        var outcome = await channel.CallAsync("echo", sent);
        Assert.Null(outcome.Error);
        Assert.Equal(sent, outcome.Result.ToArray());
    }

    [Fact]
    public async Task Errors_come_back_with_their_kind()
    {
        await using var channel = await ChannelPair.OpenAsync(stack, (request, _, _) => Task.FromResult<RpcOutcome?>(RpcOutcome.Failure(request.Method, "handler")));

        var outcome = await channel.CallAsync("this went wrong", []);
        Assert.Equal(("this went wrong", "handler"), (outcome.Error, outcome.Code));
    }

    [Fact]
    public async Task Many_calls_at_once_are_not_mixed_up()
    {
        await using var channel = await ChannelPair.OpenAsync(stack, (_, parameters, _) => Task.FromResult<RpcOutcome?>(new RpcOutcome(parameters)));

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 500).Select(n => channel.CallAsync("echo", BitConverter.GetBytes(n))));
        Assert.Equal(Enumerable.Range(0, 500), outcomes.Select(outcome => BitConverter.ToInt32(outcome.Result.Span)));
    }

    [Fact]
    public async Task A_call_that_is_not_answered_ends_with_its_time_limit()
    {
        await using var channel = await ChannelPair.OpenAsync(
            stack, (_, _, _) => new TaskCompletionSource<RpcOutcome?>().Task, timeout: TimeSpan.FromSeconds(1));

        var outcome = await channel.CallAsync("never", []);
        Assert.Equal(("worker error: rpc timeout (1s)", "timeout"), (outcome.Error, outcome.Code));
    }

    [Fact]
    public async Task A_caller_that_leaves_is_let_go()
    {
        var entered = new TaskCompletionSource();
        await using var channel = await ChannelPair.OpenAsync(stack, (_, _, _) =>
        {
            entered.SetResult();
            return new TaskCompletionSource<RpcOutcome?>().Task;
        });
        using var leaving = new CancellationTokenSource();

        var call = channel.CallAsync("never", [], leaving.Token);
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task A_supervisor_learns_that_a_caller_left()
    {
        var entered = new TaskCompletionSource();
        var told = new TaskCompletionSource();
        await using var channel = await ChannelPair.OpenAsync(stack, async (request, parameters, abandoned) =>
        {
            if (request.Method == "echo")
            {
                return new RpcOutcome(parameters);
            }

            await using var registration = abandoned.Register(told.SetResult);
            entered.SetResult();
            await told.Task;
            return new RpcOutcome("1"u8.ToArray());
        });
        using var leaving = new CancellationTokenSource();

        var call = channel.CallAsync("wait", [], leaving.Token);
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await told.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Null((await channel.CallAsync("echo", [1])).Error);
    }

    [Fact]
    public async Task A_call_past_its_deadline_is_not_begun_and_garbage_does_no_harm()
    {
        var begun = new ConcurrentQueue<string>();
        await using var channel = await ChannelPair.OpenAsync(stack, (request, _, _) =>
        {
            begun.Enqueue(request.Method);
            return Task.FromResult<RpcOutcome?>(new RpcOutcome("1"u8.ToArray()));
        });
        var queue = channel.Queues.GetQueueClient($"rpc-{channel.SupervisorId}");
        var late = new RpcRequest(Guid.NewGuid(), "app", "late", null, DateTimeOffset.UtcNow.AddSeconds(-1), "reply-nobody");
        using var message = new MemoryStream();
        new Frame(JsonSerializer.SerializeToUtf8Bytes(late, JsonSerializerOptions.Web), Encoding.UTF8.GetBytes("{}")).WriteTo(message);
        await queue.SendMessageAsync(new BinaryData("this is no frame"), cancellationToken: TestContext.Current.CancellationToken);
        await queue.SendMessageAsync(new BinaryData(message.ToArray()), cancellationToken: TestContext.Current.CancellationToken);

        Assert.Null((await channel.CallAsync("in time", [])).Error);
        Assert.Equal(["in time"], begun);
    }

    [Fact]
    public async Task A_reply_that_nobody_waits_for_does_no_harm()
    {
        await using var channel = await ChannelPair.OpenAsync(stack, (_, parameters, _) => Task.FromResult<RpcOutcome?>(new RpcOutcome(parameters)));
        var queue = channel.Queues.GetQueueClient($"rpc-{channel.SupervisorId}");
        var orphan = new RpcRequest(Guid.NewGuid(), "app", "echo", null, DateTimeOffset.UtcNow.AddMinutes(1), "reply-that-does-not-exist");
        using var message = new MemoryStream();
        new Frame(JsonSerializer.SerializeToUtf8Bytes(orphan, JsonSerializerOptions.Web), Encoding.UTF8.GetBytes("{}")).WriteTo(message);
        await queue.SendMessageAsync(new BinaryData(message.ToArray()), cancellationToken: TestContext.Current.CancellationToken);

        Assert.Null((await channel.CallAsync("echo", [1])).Error);
    }
}
