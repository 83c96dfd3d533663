namespace RootCx.Core.Processes;

/// <summary>What to run, and how. Every process gets a session and a process group of its own, whose id is the process id.</summary>
/// <param name="FileName">Full path of the program. A missing one shows as exit code 127.</param>
/// <param name="Arguments">Its arguments, passed on as they are.</param>
public sealed record ProcessStart(string FileName, IReadOnlyList<string> Arguments)
{
    /// <summary>Full path of the folder to start in; null for that of this process.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>The whole environment: nothing is inherited.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Another user to run as; null for that of this process.</summary>
    public ProcessUser? User { get; init; }

    /// <summary>
    /// Full path of a file that both outputs are appended to by the process itself, so that it can still say something after we are gone.
    /// The callbacks then see nothing. It must be writable for <see cref="User"/> only in so far as it is opened before the switch.
    /// </summary>
    public string? LogFile { get; init; }

    /// <summary>Receives each line of standard output, in order, without its end. Must be quick and must not throw.</summary>
    public Action<string>? OnOutput { get; init; }

    /// <summary>Receives each line of standard error, in order, without its end. Must be quick and must not throw.</summary>
    public Action<string>? OnError { get; init; }

    /// <summary>Longest line in bytes that is handed on; the rest of a longer one is dropped. The process never blocks on it.</summary>
    public int MaxLineLength { get; init; } = 1024 * 1024;

    /// <summary>Whether <see cref="ChildProcess.StandardInput"/> stays connected. Otherwise the process reads from <c>/dev/null</c>.</summary>
    public bool KeepStandardInput { get; init; }

    /// <summary>What the guardian sends first when we are gone.</summary>
    public UnixSignal GuardianSignal { get; init; } = UnixSignal.Terminate;
}
