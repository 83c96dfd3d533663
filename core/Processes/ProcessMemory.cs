using System.Diagnostics;

namespace RootCx.Core.Processes;

/// <summary>How much memory a process uses.</summary>
public static class ProcessMemory
{
    /// <summary>Resident memory in bytes; 0 when there is no such process.</summary>
    public static long Resident(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return process.WorkingSet64;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            return 0;
        }
    }
}
