namespace RootCx.Core.Processes;

/// <summary>How a process ended.</summary>
/// <param name="ExitCode">The exit code; 128 + n when signal n ended the process.</param>
public sealed record ProcessExit(int ExitCode)
{
    private const int SignalBase = 128;

    /// <summary>
    /// The signal that ended the process, such as <c>SIGKILL</c>, or null when it ended by itself. .NET reports both as a plain number, so a
    /// process that chooses to exit with, say, 137 looks like a killed one.
    /// </summary>
    public string? Signal => (ExitCode - SignalBase) switch
    {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        7 when OperatingSystem.IsLinux() => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        10 when OperatingSystem.IsMacOS() => "SIGBUS",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        31 when OperatingSystem.IsLinux() => "SIGSYS",
        _ => null,
    };

    /// <summary><c>signal SIGKILL</c> or <c>exit code 3</c>.</summary>
    public override string ToString() => Signal is { } signal ? $"signal {signal}" : $"exit code {ExitCode}";
}
