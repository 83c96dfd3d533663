using RootCx.SupervisorHost.Workers;

namespace RootCx.Tests.Supervision;

public sealed class CrashWindowTests
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Delays_are_0_2_4_8_and_the_fifth_crash_is_the_last()
    {
        var window = new CrashWindow(5, TimeSpan.FromSeconds(60));
        var delays = Enumerable.Range(0, 5).Select(second => window.Crashed(Begin.AddSeconds(second), TimeSpan.FromSeconds(1))?.TotalSeconds);
        Assert.Equal([0, 2, 4, 8, null], delays);
    }

    [Fact]
    public void Crashes_outside_the_window_do_not_count_and_delays_stop_growing_at_a_minute()
    {
        var window = new CrashWindow(5, TimeSpan.FromSeconds(60));
        var delays = Enumerable.Range(0, 10).Select(crash => window.Crashed(Begin.AddSeconds(20 * crash), TimeSpan.FromSeconds(19))?.TotalSeconds);
        Assert.Equal([0, 2, 4, 8, 16, 32, 60, 60, 60, 60], delays);
    }

    [Fact]
    public void A_worker_that_was_up_for_the_window_starts_with_a_clean_slate()
    {
        var window = new CrashWindow(5, TimeSpan.FromSeconds(60));
        window.Crashed(Begin, TimeSpan.Zero);
        window.Crashed(Begin, TimeSpan.Zero);

        Assert.Equal(TimeSpan.Zero, window.Crashed(Begin.AddSeconds(61), TimeSpan.FromSeconds(60)));
        Assert.Equal(1, window.Attempt);
    }

    [Fact]
    public void Clearing_forgets_everything()
    {
        var window = new CrashWindow(2, TimeSpan.FromSeconds(60));
        Assert.NotNull(window.Crashed(Begin, TimeSpan.Zero));
        window.Clear();
        Assert.Equal(TimeSpan.Zero, window.Crashed(Begin, TimeSpan.Zero));
        Assert.Null(window.Crashed(Begin, TimeSpan.Zero));
    }
}
