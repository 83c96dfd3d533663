using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace RootCx.Core.Health;

/// <summary>Body of <c>GET /health/ready</c>.</summary>
/// <param name="Status"><c>ok</c> (200) or <c>unavailable</c> (503).</param>
/// <param name="Checks">What it depends on, by name.</param>
public sealed record ReadinessBody(string Status, IReadOnlyDictionary<string, DependencyBody> Checks)
{
    /// <summary>What a report says.</summary>
    public static ReadinessBody Of(HealthReport report) => new(
        Word(report.Status),
        report.Entries.ToDictionary(entry => entry.Key, entry => new DependencyBody(Word(entry.Value.Status), Math.Round(entry.Value.Duration.TotalMilliseconds, 1))));

    private static string Word(HealthStatus status) => status == HealthStatus.Healthy ? "ok" : "unavailable";
}

/// <summary>One of the things that a host depends on.</summary>
/// <param name="Status"><c>ok</c> or <c>unavailable</c>.</param>
/// <param name="LatencyMs">How long it took to find out, in milliseconds.</param>
public sealed record DependencyBody(string Status, double LatencyMs);
