using System.Text.Json.Serialization;

namespace RootCx.Functions.Health;

/// <summary><c>GET /health</c>.</summary>
internal sealed record HealthBody(string Status);

/// <summary><c>GET /health?full</c>; the CPU is null where the system has no cgroup v2 accounting.</summary>
internal sealed record FullHealthBody(string Status, MemoryUse Memory, CpuUse? Cpu, DiskUse Disk, DatabaseUse Database);

/// <summary>Bytes; the limit is null where there is none.</summary>
internal sealed record MemoryUse(
    [property: JsonPropertyName("current_bytes")] long? CurrentBytes, [property: JsonPropertyName("limit_bytes")] long? LimitBytes);

/// <summary>Of the control group, since it began.</summary>
internal sealed record CpuUse(
    [property: JsonPropertyName("usage_usec")] long UsageUsec,
    [property: JsonPropertyName("periods")] long Periods,
    [property: JsonPropertyName("throttled_usec")] long ThrottledUsec,
    [property: JsonPropertyName("throttled_periods")] long ThrottledPeriods);

/// <summary>Of the volume that temporary files are on.</summary>
internal sealed record DiskUse(
    [property: JsonPropertyName("total_bytes")] long TotalBytes,
    [property: JsonPropertyName("used_bytes")] long UsedBytes,
    [property: JsonPropertyName("available_bytes")] long AvailableBytes);

/// <summary>Whether it answers.</summary>
internal sealed record DatabaseUse(bool Reachable);

/// <summary><c>GET /api/v1/status</c>.</summary>
internal sealed record StatusBody(RuntimeState Runtime, PostgresState Postgres, ForgeState Forge);

/// <summary>The platform; states: online, offline, starting, stopping, error.</summary>
internal sealed record RuntimeState(string Version, string State);

/// <summary>The database; where it is, is not told.</summary>
internal sealed record PostgresState(string State, [property: JsonPropertyName("port")] int? Port, [property: JsonPropertyName("data_dir")] string? DataDir);

/// <summary>A part that clients ask about and that does not exist here.</summary>
internal sealed record ForgeState(string State, int? Port);
