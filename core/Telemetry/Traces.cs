using System.Diagnostics;

namespace RootCx.Core.Telemetry;

/// <summary>What the platform does, for those who listen.</summary>
public static class Traces
{
    /// <summary>Name of <see cref="Source"/>.</summary>
    public const string SourceName = "RootCx";

    /// <summary>All activities of the platform come from it.</summary>
    public static readonly ActivitySource Source = new(SourceName);
}
