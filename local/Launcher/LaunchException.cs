namespace RootCx.Local.Launcher;

/// <summary>Something that the person at the terminal can do something about. It is shown as its message alone and ends the launcher with exit code 1.</summary>
public sealed class LaunchException : Exception
{
    /// <summary>Creates the exception without a message, which nobody should.</summary>
    public LaunchException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">One line that says what is wrong and what would be right.</param>
    public LaunchException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">One line that says what is wrong and what would be right.</param>
    /// <param name="inner">What it came from.</param>
    public LaunchException(string message, Exception? inner)
        : base(message, inner)
    {
    }

    /// <summary>Lines of a log file that show why, oldest first.</summary>
    public IReadOnlyList<string> Log { get; init; } = [];
}
