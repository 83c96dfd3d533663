using System.Runtime.InteropServices;

namespace RootCx.SupervisorHost.Hosting;

/// <summary>
/// Keeps this process's memory and environment, which hold the platform's keys, from other processes of its user: workers are such processes.
/// Linux only. A supervisor that is root gives its workers other users, see <c>WorkerUsers</c>.
/// </summary>
internal static class ProcessSecrecy
{
    private const int SetDumpable = 4; // PR_SET_DUMPABLE, prctl(2)

    /// <summary>From now on <c>/proc/{pid}/environ</c>, <c>mem</c> and tracing need root. Programs it starts are not affected.</summary>
    /// <exception cref="InvalidOperationException">The system refuses.</exception>
    public static void Protect()
    {
        if (OperatingSystem.IsLinux() && Prctl(SetDumpable, 0, 0, 0, 0) != 0)
        {
            throw new InvalidOperationException($"prctl(PR_SET_DUMPABLE) failed with error {Marshal.GetLastPInvokeError()}.");
        }
    }

    [DllImport("libc", EntryPoint = "prctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Prctl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);
}
