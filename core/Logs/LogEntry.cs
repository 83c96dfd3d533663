namespace RootCx.Core.Logs;

/// <summary>One line of an app's log.</summary>
/// <param name="Id">Grows within an app; a reader resumes after it.</param>
/// <param name="At">When the platform received it.</param>
/// <param name="Level">See <see cref="LogLevels"/>; workers may send others.</param>
/// <param name="Message">At most <see cref="LogOptions.MessageBytes"/> of UTF-8.</param>
public sealed record LogEntry(long Id, DateTime At, string Level, string Message);

/// <summary>The levels that the platform itself gives.</summary>
public static class LogLevels
{
    /// <summary>The platform about the worker: started, stopped, crashed.</summary>
    public const string System = "system";

    /// <summary>A line on the worker's standard output that is no message.</summary>
    public const string StandardOutput = "stdout";

    /// <summary>A line on the worker's standard error.</summary>
    public const string StandardError = "stderr";

    /// <summary>A custom event: <c>name: json</c>.</summary>
    public const string Event = "event";
}
