using System.Diagnostics;

namespace RootCx.Local.Launcher;

/// <summary>Tells a process from a later one that was given the same id.</summary>
internal static class ProcessIdentity
{
    // Fields of /proc/<pid>/stat after the name, which is in parentheses and may hold anything: state is the first, the start time the 20th.
    private const int State = 0;
    private const int StartTime = 19;

    /// <summary>When the process started, as the system writes it; null when it is gone, or ended and only waits to be reaped.</summary>
    public static string? Of(int processId)
    {
        try
        {
            if (!OperatingSystem.IsLinux())
            {
                return AskPs(processId);
            }

            var stat = File.ReadAllText($"/proc/{processId}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[State] is "Z" or "X" ? null : fields[StartTime];
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string? AskPs(int processId)
    {
        using var ps = Process.Start(new ProcessStartInfo("/bin/ps", ["-o", "stat=,lstart=", "-p", $"{processId}"]) { UseShellExecute = false, RedirectStandardOutput = true });
        var answer = ps?.StandardOutput.ReadToEnd().Trim().Split(' ', 2);
        return answer is [var state, var started] && !state.StartsWith('Z') ? started.Trim() : null;
    }
}
