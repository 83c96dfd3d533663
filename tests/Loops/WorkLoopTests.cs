using Microsoft.Extensions.Logging.Abstractions;
using RootCx.Core.Loops;

namespace RootCx.Tests.Loops;

public sealed class WorkLoopTests
{
    [Fact]
    public async Task A_loop_rests_until_it_is_woken()
    {
        using var turns = new SemaphoreSlim(0);
        await using var loop = NewLoop(_ =>
        {
            turns.Release();
            return Timeout.InfiniteTimeSpan;
        });
        loop.Start();
        await TakeAsync(turns);

        loop.Wake();
        await TakeAsync(turns);
        Assert.Equal(0, turns.CurrentCount);
    }

    [Fact]
    public async Task A_wake_up_during_a_turn_is_not_lost()
    {
        using var turns = new SemaphoreSlim(0);
        WorkLoop? loop = null;
        var woken = false;
        loop = NewLoop(_ =>
        {
            if (!woken)
            {
                woken = true;
                loop!.Wake(); // set before the loop was started
            }

            turns.Release();
            return Timeout.InfiniteTimeSpan;
        });
        await using (loop)
        {
            loop.Start();
            await TakeAsync(turns);
            await TakeAsync(turns);
        }
    }

    [Fact]
    public async Task A_turn_that_fails_is_tried_again()
    {
        using var turns = new SemaphoreSlim(0);
        var failures = 2;
        await using var loop = NewLoop(_ =>
        {
            if (failures-- > 0)
            {
                throw new InvalidOperationException("not yet");
            }

            turns.Release();
            return Timeout.InfiniteTimeSpan;
        });
        Assert.Null(loop.LastTurn);
        loop.Start();
        await TakeAsync(turns);
    }

    [Fact]
    public async Task Disposing_ends_a_rest_and_a_turn_that_listens()
    {
        var entered = new TaskCompletionSource();
        var loop = new WorkLoop(
            "test",
            async cancellationToken =>
            {
                entered.SetResult();
                await Task.Delay(Timeout.Infinite, cancellationToken);
                return TimeSpan.Zero;
            },
            TimeProvider.System,
            NullLogger.Instance);
        loop.Start();
        await entered.Task;
        await loop.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    private static WorkLoop NewLoop(Func<CancellationToken, TimeSpan> step) =>
        new("test", cancellationToken => Task.FromResult(step(cancellationToken)), TimeProvider.System, NullLogger.Instance);

    private static async Task TakeAsync(SemaphoreSlim turns) =>
        Assert.True(await turns.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken), "no turn came");
}
