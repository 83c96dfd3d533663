using RootCx.Core.Loops;

namespace RootCx.Tests.Loops;

public sealed class BackoffTests
{
    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 0)]
    [InlineData(1, 2)]
    [InlineData(2, 4)]
    [InlineData(5, 32)]
    [InlineData(6, 60)]
    [InlineData(int.MaxValue, 60)]
    public void The_wait_doubles_up_to_the_longest(int attempt, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Backoff.Exponential(attempt, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(60)));
}
