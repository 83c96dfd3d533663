using System.Globalization;

namespace RootCx.Bench;

/// <summary>Memory of another process, in MiB; on Linux.</summary>
/// <param name="Resident">Now.</param>
/// <param name="Peak">Resident at most, since it was started or <see cref="ForgetPeak"/> was called.</param>
internal sealed record ProcessMemory(double Resident, double Peak)
{
    /// <summary>Looks.</summary>
    public static ProcessMemory Of(int pid)
    {
        var lines = File.ReadAllLines($"/proc/{pid}/status");
        return new ProcessMemory(Line("VmRSS:"), Line("VmHWM:"));

        double Line(string name) =>
            double.Parse(lines.Single(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    /// <summary>Its peak is what it has now.</summary>
    public static void ForgetPeak(int pid) => File.WriteAllText($"/proc/{pid}/clear_refs", "5");
}
