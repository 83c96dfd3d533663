using System.Runtime.InteropServices;

namespace RootCx.Core.Processes;

/// <summary>Sends signals to processes and process groups, which the base class library can't.</summary>
public static class ProcessSignals
{
    private const int NoSuchProcess = 3;

    /// <summary>Signals one process.</summary>
    /// <param name="processId">The process; must be positive.</param>
    /// <param name="signal">The signal.</param>
    /// <returns>False when there is no such process.</returns>
    public static bool Send(int processId, UnixSignal signal)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(processId, 1);
        return SendTo(processId, signal);
    }

    /// <summary>Signals every process of a group.</summary>
    /// <param name="groupId">The group, which is the id of the process that founded it. 0 and 1 are refused: they mean "mine" and "everybody's".</param>
    /// <param name="signal">The signal.</param>
    /// <returns>False when the group has no process left. A process that has ended but was not reaped yet still counts.</returns>
    public static bool SendToGroup(int groupId, UnixSignal signal)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(groupId, 2);
        return SendTo(-groupId, signal);
    }

    // "Not permitted" means that somebody is there, so only "no such process" counts as absence.
    private static bool SendTo(int target, UnixSignal signal) => Kill(target, (int)signal) == 0 || Marshal.GetLastPInvokeError() != NoSuchProcess;

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);
}
