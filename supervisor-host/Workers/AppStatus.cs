using RootCx.Core.Workers;

namespace RootCx.SupervisorHost.Workers;

/// <summary>What an app's worker is doing.</summary>
/// <param name="Status">The state.</param>
/// <param name="Error">Why it is not running, if it should be.</param>
public sealed record AppStatus(WorkerStatus Status, string? Error);

/// <summary>What is remembered of an app's former processes.</summary>
internal sealed record WorkerPast(int? Version, int Restarts, string? LastExit, string? LastErrors);
