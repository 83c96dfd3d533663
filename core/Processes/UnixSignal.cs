namespace RootCx.Core.Processes;

/// <summary>The signals that this project sends. The values are the same on Linux and macOS.</summary>
public enum UnixSignal
{
    /// <summary>No signal: only asks whether the target exists.</summary>
    None = 0,

    /// <summary>Interrupt. Postgres takes it as "disconnect everybody and stop".</summary>
    Interrupt = 2,

    /// <summary>Quit. Postgres takes it as "stop at once, recover at the next start".</summary>
    Quit = 3,

    /// <summary>Kill: can't be caught.</summary>
    Kill = 9,

    /// <summary>Terminate: a polite request.</summary>
    Terminate = 15,
}
