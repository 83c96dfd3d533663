using RootCx.Core.Processes;

namespace RootCx.Local.Launcher;

/// <summary>One process of the stack: how it starts, how one sees that it works, how it stops.</summary>
internal sealed record Part
{
    /// <summary>Short name, also that of its log file.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, for people.</summary>
    public required string Title { get; init; }

    /// <summary>Where it listens, for people.</summary>
    public required string Address { get; init; }

    /// <summary>Full path of its log.</summary>
    public required string LogFile { get; init; }

    /// <summary>What has to be done before every start, the first one included; answers what to start.</summary>
    public required Func<CancellationToken, Task<ProcessStart>> PrepareAsync { get; init; }

    /// <summary>
    /// Whether it works. False means not yet; a <see cref="LaunchException"/> means never. Asked again and again, with a limited patience for each answer.
    /// </summary>
    public required Func<CancellationToken, Task<bool>> IsHealthyAsync { get; init; }

    /// <summary>How to ask it to stop.</summary>
    public UnixSignal StopSignal { get; init; } = UnixSignal.Terminate;

    /// <summary>How to insist after <see cref="StopGrace"/>, before it is killed.</summary>
    public UnixSignal InsistSignal { get; init; } = UnixSignal.Kill;

    /// <summary>How long it may take to stop.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(10);
}
