using System.ComponentModel.DataAnnotations;

namespace RootCx.Core.Jobs;

/// <summary>Background jobs; section <c>Jobs</c>.</summary>
public sealed class JobOptions
{
    /// <summary>The section these are bound to.</summary>
    public const string Section = "Jobs";

    /// <summary>Longest payload in bytes of UTF-8.</summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int PayloadBytes { get; set; } = 1024 * 1024;

    /// <summary>Longest result that is kept, in bytes of UTF-8; of a job with a longer one only the fact that it completed is.</summary>
    [Range(0, 64 * 1024 * 1024)]
    public int ResultBytes { get; set; } = 1024 * 1024;

    /// <summary>Jobs of one app that run at the same time.</summary>
    [Range(1, 10_000)]
    public int Concurrency { get; set; } = 10;

    /// <summary>Most jobs that a supervisor has in hand for one app, those that wait for their turn included. It takes as many as the worker gets through in a moment.</summary>
    [Range(1, 10_000)]
    public int MostInHand { get; set; } = 2000;

    /// <summary>Deliveries that end without an answer, because the worker or its supervisor ended, after which a job fails.</summary>
    [Range(1, 100)]
    public int MostLost { get; set; } = 5;

    /// <summary>How long a job may run that says nothing about it.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long the same idempotency key means the same job, whatever became of it.</summary>
    public TimeSpan IdempotencyWindow { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How long completed jobs are kept; whole days are dropped.</summary>
    public TimeSpan ArchiveRetention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long failed and cancelled jobs are kept; whole days are dropped.</summary>
    public TimeSpan FailureRetention { get; set; } = TimeSpan.FromDays(30);
}
