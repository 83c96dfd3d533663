namespace RootCx.Core.Workers;

/// <summary>An app's worker as the database has it: what is wanted, what was last seen, who runs it.</summary>
/// <param name="AppId">The app.</param>
/// <param name="WantRunning">What was last asked for.</param>
/// <param name="Command">Grows with every start or stop asked for.</param>
/// <param name="ObservedCommand">The last one that <paramref name="Status"/> reflects.</param>
/// <param name="Status">As the supervisor reported it; with no supervisor alive, what is to be expected.</param>
/// <param name="Error">Why it is not running, if it should be.</param>
/// <param name="LiveVersion">The deployment that runs, or null before the first one went live.</param>
/// <param name="SupervisorId">Who holds the lease, or null when nobody alive does.</param>
public sealed record WorkerState(
    string AppId,
    bool WantRunning,
    long Command,
    long ObservedCommand,
    WorkerStatus Status,
    string? Error,
    int? LiveVersion,
    string? SupervisorId)
{
    /// <summary>As of which change the app's secrets are now; a worker that was started with an older revision is to be replaced.</summary>
    public long SecretsRevision { get; init; }

    /// <summary>The supervisor that is about to take the app over from the one that holds it; null if there is none.</summary>
    public string? OfferedTo { get; init; }

    /// <summary>When its worker crashed lately, on whichever supervisor.</summary>
    public IReadOnlyList<DateTimeOffset> Crashes { get; init; } = [];

    /// <summary>So many supervisors are to run it.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>The supervisors beside the holder whose worker takes calls to the live version.</summary>
    public IReadOnlyList<string> Others { get; init; } = [];

    /// <summary>The supervisors that take calls: the holder, if one is alive, and those that run it for calls only.</summary>
    public IEnumerable<string> Hosts => SupervisorId is { } holder ? Others.Prepend(holder) : Others;

    /// <summary>Whether the last start or stop asked for has been carried out, one way or the other.</summary>
    public bool Settled =>
        ObservedCommand >= Command && Status is (WorkerStatus.Running or WorkerStatus.Stopped or WorkerStatus.Crashed);
}
