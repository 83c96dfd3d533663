namespace RootCx.Core.Jobs;

/// <summary>A job to be enqueued.</summary>
/// <param name="Payload">JSON.</param>
public sealed record NewJob(string Payload)
{
    /// <summary>For whom it runs; null: for nobody.</summary>
    public Guid? UserId { get; init; }

    /// <summary>Not before this moment; null or past: as soon as possible.</summary>
    public DateTimeOffset? RunAt { get; init; }

    /// <summary>-100 to 100, higher first.</summary>
    public int Priority { get; init; }

    /// <summary>The same key in the same app is the same job for <see cref="JobOptions.IdempotencyWindow"/>.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>How often it is tried if it throws, 1 to 25.</summary>
    public int MaxAttempts { get; init; } = 1;

    /// <summary>Longest pause after the first throw, 1 to 3600; doubled after each, an hour at most, and drawn at random from zero on.</summary>
    public int BackoffSeconds { get; init; } = 5;

    /// <summary>How long it may run, 1 to 86,400; null: <see cref="JobOptions.Timeout"/>.</summary>
    public int? TimeoutSeconds { get; init; }
}
