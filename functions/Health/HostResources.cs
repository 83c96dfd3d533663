using System.Globalization;

namespace RootCx.Functions.Health;

/// <summary>What this process's container or machine uses, from cgroup v2 files where there are any.</summary>
internal static class HostResources
{
    private const string ControlGroup = "/sys/fs/cgroup";

    /// <summary>The full answer of <c>GET /health?full</c>.</summary>
    public static FullHealthBody Read(bool databaseReachable)
    {
        var disk = new DriveInfo(Path.GetTempPath());
        return new FullHealthBody(
            "ok",
            new MemoryUse(Number("memory.current") ?? Environment.WorkingSet, Number("memory.max")),
            Cpu(),
            new DiskUse(disk.TotalSize, disk.TotalSize - disk.TotalFreeSpace, disk.AvailableFreeSpace),
            new DatabaseUse(databaseReachable));
    }

    private static CpuUse? Cpu()
    {
        var file = Path.Combine(ControlGroup, "cpu.stat");
        if (!File.Exists(file))
        {
            return null;
        }

        var values = File.ReadLines(file).Select(line => line.Split(' ')).Where(parts => parts.Length == 2).ToDictionary(parts => parts[0], parts => parts[1]);
        return new CpuUse(Value("usage_usec"), Value("nr_periods"), Value("throttled_usec"), Value("nr_throttled"));

        long Value(string name) => values.TryGetValue(name, out var text) ? long.Parse(text, CultureInfo.InvariantCulture) : 0;
    }

    private static long? Number(string name)
    {
        var file = Path.Combine(ControlGroup, name);
        return File.Exists(file) && long.TryParse(File.ReadAllText(file).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
    }
}
