namespace RootCx.Tests.Platform;

/// <summary>A clock that shows what the test sets; timers run in real time.</summary>
internal sealed class SetClock(DateTimeOffset now) : TimeProvider
{
    /// <summary>What it shows.</summary>
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}
