using RootCx.Core.Channels;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Channels;

/// <summary>What becomes of calls whose supervisor dies before it answers.</summary>
public sealed class LostSupervisorTests(PlatformStack stack)
{
    private readonly TaskCompletionSource _entered = new();
    private readonly TaskCompletionSource _end = new();
    private int _runs;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_to_a_supervisor_that_is_gone_fails_without_waiting_for_its_time_limit(bool signedOff)
    {
        await using var channel = await ChannelPair.OpenAsync(stack, NeverAsync, ChannelLimits.MostTimeout);
        var call = channel.CallAsync("never", []);
        await EnteredAsync();

        await (signedOff ? channel.SignOffAsync() : channel.StopHeartbeatAsync());
        await AssertLostAsync(call);
    }

    [Fact]
    public async Task A_call_that_the_process_before_has_taken_fails_when_the_supervisor_is_back_and_is_not_run_again()
    {
        await using var channel = await ChannelPair.OpenAsync(stack, NeverAsync, ChannelLimits.MostTimeout);
        var call = channel.CallAsync("never", []);
        await EnteredAsync();

        await channel.StartAnewAsync(NeverAsync);
        await AssertLostAsync(call);
        Assert.Equal(1, _runs);
    }

    [Fact]
    public async Task A_call_that_no_process_has_taken_yet_is_answered_by_the_one_that_is_started_anew()
    {
        await using var channel = await ChannelPair.OpenAsync(stack, NeverAsync, ChannelLimits.MostTimeout);
        var lost = channel.CallAsync("never", []);
        await EnteredAsync();
        await channel.CloseServerAsync();
        var waiting = channel.CallAsync("waits on the queue", []);

        // The first call's failure shows that the watch has asked about both.
        await channel.StartAnewAsync(async (_, _, _) =>
        {
            await _end.Task;
            return new RpcOutcome("1"u8.ToArray());
        });
        await AssertLostAsync(lost);
        _end.SetResult();
        Assert.Null((await waiting).Error);
    }

    [Fact]
    public async Task A_call_that_was_said_to_be_lost_is_not_run_by_the_one_that_is_started_anew()
    {
        await using var channel = await ChannelPair.OpenAsync(stack, NeverAsync, ChannelLimits.MostTimeout);
        await channel.CloseServerAsync();
        var lost = channel.CallAsync("lost", []);
        await channel.StopHeartbeatAsync();
        await AssertLostAsync(lost);
        await Eventually.TrueAsync(async () => (await channel.WaitingAsync()).Contains(RpcKind.Cancellation), "the call was not called off");

        var run = new List<string>();
        await channel.StartAnewAsync((request, _, _) =>
        {
            run.Add(request.Method);
            return Task.FromResult<RpcOutcome?>(new RpcOutcome("1"u8.ToArray()));
        });
        Assert.Null((await channel.CallAsync("next", [])).Error);
        Assert.Equal(["next"], run);
    }

    private async Task<RpcOutcome?> NeverAsync(RpcRequest request, ReadOnlyMemory<byte> parameters, CancellationToken abandoned)
    {
        Interlocked.Increment(ref _runs);
        _entered.TrySetResult();
        await Task.Delay(Timeout.InfiniteTimeSpan, TestContext.Current.CancellationToken);
        return null;
    }

    private static async Task AssertLostAsync(Task<RpcOutcome> call)
    {
        var outcome = await call.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal((RpcErrors.SupervisorLost.Error, RpcErrors.WorkerLost), (outcome.Error, outcome.Code));
    }

    private Task EnteredAsync() => _entered.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
}
