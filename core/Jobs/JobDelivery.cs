namespace RootCx.Core.Jobs;

/// <summary>A job as whoever runs it needs it.</summary>
/// <param name="AppId">Whose.</param>
/// <param name="Id">Its id.</param>
/// <param name="Payload">JSON in UTF-8.</param>
/// <param name="UserId">For whom it runs, if that account is still there.</param>
/// <param name="Email">That user's.</param>
/// <param name="Deliveries">Earlier ones.</param>
/// <param name="Lost">Those of them that were never answered.</param>
/// <param name="Attempts">Throws so far.</param>
/// <param name="MaxAttempts">Throws after which it fails.</param>
/// <param name="BackoffSeconds">See <see cref="NewJob.BackoffSeconds"/>.</param>
/// <param name="TimeoutSeconds">See <see cref="NewJob.TimeoutSeconds"/>.</param>
/// <param name="Cancelled">Somebody took it back while it ran; it is not to run again.</param>
public sealed record JobDelivery(
    string AppId,
    long Id,
    byte[] Payload,
    Guid? UserId,
    string? Email,
    int Deliveries,
    int Lost,
    int Attempts,
    int MaxAttempts,
    int BackoffSeconds,
    int? TimeoutSeconds,
    bool Cancelled)
{
    /// <summary>How long it was due when it was taken.</summary>
    public TimeSpan Waited { get; init; }

    /// <summary>The <c>traceparent</c> that it was enqueued in; null if that was not recorded.</summary>
    public string? Trace { get; init; }
}

/// <summary>An app whose jobs are wanted.</summary>
/// <param name="AppId">The app.</param>
/// <param name="Fence">Of the lease on it.</param>
/// <param name="Most">How many more.</param>
public readonly record struct JobDemand(string AppId, long Fence, int Most);

/// <summary>What is written of a job that has been running for a while.</summary>
/// <param name="AppId">Whose.</param>
/// <param name="Id">Its id.</param>
/// <param name="Fence">Of the lease it runs under.</param>
/// <param name="StartedAt">When it was given to the worker.</param>
/// <param name="Deliveries">This one included.</param>
/// <param name="Lost">This one included: it counts as lost until it is answered.</param>
/// <param name="Progress">0 to 1, null if nothing was said.</param>
/// <param name="ProgressNote">What was said with it.</param>
public readonly record struct JobMark(
    string AppId, long Id, long Fence, DateTimeOffset StartedAt, int Deliveries, int Lost, double? Progress, string? ProgressNote);

/// <summary>What became of a delivery.</summary>
/// <param name="AppId">Whose.</param>
/// <param name="Id">The job.</param>
/// <param name="Fence">Of the lease it ran under; under a later one nothing is recorded.</param>
/// <param name="State">The state to end in, or <see cref="JobState.Queued"/> to run again at <see cref="RunAt"/>.</param>
public sealed record JobOutcome(string AppId, long Id, long Fence, JobState State)
{
    /// <summary>Which delivery this is of; of one that is on record as over, nothing is recorded any more.</summary>
    public required int Run { get; init; }

    /// <summary>For a job that runs again: when; null for at once.</summary>
    public DateTimeOffset? RunAt { get; init; }

    /// <summary>JSON, of a completed job.</summary>
    public string? Result { get; init; }

    /// <summary>What was thrown, or why it was lost.</summary>
    public string? Error { get; init; }

    /// <summary>Deliveries, this one included.</summary>
    public int Deliveries { get; init; }

    /// <summary>Deliveries that were never answered.</summary>
    public int Lost { get; init; }

    /// <summary>Throws.</summary>
    public int Attempts { get; init; }

    /// <summary>When it was given to the worker; null if it was not.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>The last progress that the worker told, if any.</summary>
    public double? Progress { get; init; }

    /// <summary>The last note that the worker told, if any.</summary>
    public string? ProgressNote { get; init; }
}
