using RootCx.Core.Workers;

namespace RootCx.SupervisorHost.Workers;

/// <summary>What an app's worker is doing, and what is remembered of its former processes.</summary>
/// <param name="Status">The state.</param>
/// <param name="Error">Why it is not running, if it should be.</param>
public sealed record AppStatus(WorkerStatus Status, string? Error = null)
{
    /// <summary>The deployment that runs, or ran last; null before the first.</summary>
    public int? LastVersion { get; init; }

    /// <summary>How often it was started again after a crash since it was last started or deployed.</summary>
    public int Restarts { get; init; }

    /// <summary>How the last process to crash ended, if one was made.</summary>
    public string? LastExit { get; init; }

    /// <summary>The last lines it wrote to standard error or logged as errors.</summary>
    public string? LastErrors { get; init; }
}

/// <summary>A process that ended although nobody asked it to, or that could not be made.</summary>
/// <param name="Version">What it ran.</param>
/// <param name="Uptime">For how long.</param>
/// <param name="Reason">For the log and for whoever asks why the app is not running.</param>
/// <param name="Exit">How it ended; null if there was none.</param>
/// <param name="Errors">The last lines it wrote to standard error or logged as errors.</param>
public sealed record WorkerCrash(AppVersion Version, TimeSpan Uptime, string Reason, string? Exit = null, string? Errors = null);
