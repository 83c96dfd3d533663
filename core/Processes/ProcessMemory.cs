using System.Buffers.Text;
using System.Diagnostics;

namespace RootCx.Core.Processes;

/// <summary>How much memory a process uses.</summary>
public static class ProcessMemory
{
    private const int LongestLine = 256; // seven numbers

    /// <summary>Resident memory in bytes; 0 when there is no such process.</summary>
    public static long Resident(int processId)
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                return ResidentPages(processId) * Environment.SystemPageSize;
            }

            using var process = Process.GetProcessById(processId);
            return process.WorkingSet64;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or IOException)
        {
            return 0;
        }
    }

    // Process would read about each of its threads too, and this is looked at all the time, of each worker.
    private static long ResidentPages(int processId)
    {
        using var file = File.OpenHandle($"/proc/{processId}/statm", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        Span<byte> line = stackalloc byte[LongestLine];
        line = line[..RandomAccess.Read(file, line, fileOffset: 0)];
        return Utf8Parser.TryParse(line[(line.IndexOf((byte)' ') + 1)..], out long pages, out _) ? pages : 0; // the second number
    }
}
