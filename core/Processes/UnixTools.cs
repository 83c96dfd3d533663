namespace RootCx.Core.Processes;

/// <summary>Where this machine keeps the small programs that we start others with.</summary>
public static class UnixTools
{
    /// <summary>Where such programs usually are, as a <c>PATH</c>.</summary>
    public const string UsualFolders = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

    private static readonly Lazy<string[]> OwnSession = new(FindOwnSession);

    /// <summary>
    /// The command line that founds a session, and with it a process group, and then becomes the command after it without changing its process id:
    /// <c>setsid</c>, or perl where that is missing (macOS).
    /// </summary>
    /// <exception cref="InvalidOperationException">This machine has neither.</exception>
    public static IReadOnlyList<string> OwnSessionPrefix => OwnSession.Value;

    /// <summary>The full path of a program, or null. The usual folders are searched after PATH, which may be anything.</summary>
    public static string? Find(string program) =>
        $"{Environment.GetEnvironmentVariable("PATH")}:{UsualFolders}"
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathRooted)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);

    private static string[] FindOwnSession() =>
        Find("setsid") is { } setsid ? [setsid]
        : Find("perl") is { } perl ? [perl, "-e", "use POSIX (); POSIX::setsid(); exec { $ARGV[0] } @ARGV or exit 127;"]
        : throw new InvalidOperationException("setsid (util-linux) or perl is needed to start a process in a session of its own");
}
