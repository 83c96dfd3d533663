using RootCx.Core.Channels;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Channels;

/// <summary>A doorbell only saves waiting.</summary>
public sealed class LostRingTests(PlatformStack stack)
{
    [Fact]
    public async Task Calls_are_answered_when_no_doorbell_is_ever_heard()
    {
        await using var channel = await ChannelPair.OpenAsync(stack, EchoAsync, hears: false);
        for (var call = 0; call < 20; call++)
        {
            Assert.Null((await channel.CallAsync("echo", [1])).Error);
        }

        var together = await Task.WhenAll(Enumerable.Range(0, 200).Select(n => channel.CallAsync("echo", BitConverter.GetBytes(n))));
        Assert.False(channel.IsHearing);
        Assert.Equal(Enumerable.Range(0, 200), together.Select(outcome => BitConverter.ToInt32(outcome.Result.Span)));
    }

    [Fact]
    public async Task Calls_are_answered_while_the_doorbell_is_cut_again_and_again()
    {
        await using var channel = await ChannelPair.OpenAsync(stack, EchoAsync);
        for (var cuts = 0; cuts < 10;)
        {
            await Eventually.TrueAsync(() => channel.IsHearing, "the doorbell is not heard again");
            var before = channel.CallAsync("echo", [1]);
            cuts += await channel.CutDoorbellAsync() ? 1 : 0; // that the one before was cut may not have been noticed yet
            var after = channel.CallAsync("echo", [2]);
            Assert.Equal([null, null], (await Task.WhenAll(before, after)).Select(outcome => outcome.Error));
        }
    }

    private static Task<RpcOutcome?> EchoAsync(RpcRequest request, ReadOnlyMemory<byte> parameters, CancellationToken abandoned) =>
        Task.FromResult<RpcOutcome?>(new RpcOutcome(parameters));
}
