using System.Globalization;

namespace RootCx.Bench.Frontends;

/// <summary>The most memory that a process had resident, as Linux keeps count of it.</summary>
internal static class PeakMemory
{
    private const string ForgetPeak = "5"; // proc_pid_clear_refs(5)

    /// <summary>Counts anew from now on; returns what is resident now, in MiB.</summary>
    public static double Reset(int pid)
    {
        File.WriteAllText($"/proc/{pid}/clear_refs", ForgetPeak);
        return Of(pid);
    }

    /// <summary>In MiB.</summary>
    public static double Of(int pid)
    {
        var line = File.ReadLines($"/proc/{pid}/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
