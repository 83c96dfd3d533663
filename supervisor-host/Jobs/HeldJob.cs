using System.Diagnostics;
using RootCx.Core.Jobs;
using RootCx.SupervisorHost.Workers;

namespace RootCx.SupervisorHost.Jobs;

/// <summary>A job that this supervisor has in hand. All of its state is its owner's, and guarded by it.</summary>
internal sealed class HeldJob(AppJobs owner, JobDelivery delivery, long fence) : IJobRun
{
    /// <summary>Where it stands here.</summary>
    public HeldJobState State { get; set; }

    /// <summary>The job as it was taken.</summary>
    public JobDelivery Delivery => delivery;

    /// <inheritdoc />
    public long Id => delivery.Id;

    /// <summary>Of the lease that it was taken under.</summary>
    public long Fence => fence;

    /// <summary>Since when its time is over, and the worker was asked whether it is still there.</summary>
    public long? LateSince { get; set; }

    /// <summary>How often the worker had answered that question by then.</summary>
    public int? PongsBefore { get; set; }

    /// <summary>The worker that has it.</summary>
    public WorkerProcess? Worker { get; set; }

    /// <summary>What it is in its trace, while the worker has it; null where nobody listens.</summary>
    public Activity? Span { get; set; }

    /// <summary>When the worker got it.</summary>
    public DateTimeOffset? StartedAt { get; set; }

    /// <summary>Whether it is on record as running.</summary>
    public bool Marked { get; set; }

    /// <summary>Whether what is on record of its progress is out of date.</summary>
    public bool HasNews { get; set; }

    /// <summary>Whether somebody wants it to end.</summary>
    public bool Cancelled { get; set; }

    /// <summary>What the worker told last.</summary>
    public double? Progress { get; set; }

    /// <summary>What the worker told with it.</summary>
    public string? ProgressNote { get; set; }

    /// <inheritdoc />
    public int Deliveries => delivery.Deliveries + 1;

    /// <inheritdoc />
    public Guid? UserId => delivery.Email is null ? null : delivery.UserId; // without an e-mail somebody who is gone

    /// <inheritdoc />
    public void Progressed(double fraction, string? note) => owner.Progressed(this, fraction, note);

    /// <inheritdoc />
    public void Ended(JobAnswer answer) => owner.Ended(this, answer);

    /// <inheritdoc />
    public void GoOn() => owner.GoOn();

    /// <summary>What goes on record while it runs: it counts as lost until it is answered.</summary>
    public JobMark Mark(DateTimeOffset now) =>
        new(delivery.AppId, delivery.Id, fence, StartedAt ?? now, Deliveries, delivery.Lost + 1, Progress, ProgressNote);
}

/// <summary>Where a job stands in this supervisor.</summary>
internal enum HeldJobState
{
    /// <summary>Waits for its turn.</summary>
    Waiting,

    /// <summary>A worker has it.</summary>
    Running,

    /// <summary>What became of it is being recorded.</summary>
    Ended,
}
