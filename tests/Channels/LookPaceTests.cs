using RootCx.Core.Channels;

namespace RootCx.Tests.Channels;

public sealed class LookPaceTests
{
    [Theory]
    [InlineData(0, 100)]
    [InlineData(1, 200)]
    [InlineData(3, 800)]
    [InlineData(4, 1000)]
    [InlineData(int.MaxValue - 1, 1000)]
    public void Rests_double_while_nothing_is_found(int empties, int milliseconds) => Assert.Equal(
        TimeSpan.FromMilliseconds(milliseconds),
        new LookPace(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1)).RestAfter(empties, random: 0.5));

    [Theory]
    [InlineData(0, 750)]
    [InlineData(1, 1250)]
    public void Rests_are_spread(double random, int milliseconds) => Assert.Equal(
        TimeSpan.FromMilliseconds(milliseconds), new LookPace(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)).RestAfter(5, random));

    [Fact]
    public void An_idle_supervisor_looks_rarely_and_one_that_hears_nothing_often()
    {
        Assert.InRange(TimeSpan.FromDays(1) / LookPace.ForCalls(hearing: true).Most, 1, 10_000);
        Assert.InRange(LookPace.ForCalls(hearing: false).Most, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whoever_waits_for_a_reply_looks_within_a_fraction_of_a_second(bool hearing)
    {
        var pace = LookPace.ForReplies(hearing);
        Assert.InRange(pace.First, TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(50));
        Assert.InRange(pace.Most, pace.First, TimeSpan.FromMilliseconds(250));
    }
}
