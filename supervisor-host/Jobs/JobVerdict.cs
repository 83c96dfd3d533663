using System.Text;
using RootCx.Core.Jobs;
using RootCx.Core.Logs;
using RootCx.Core.Loops;
using RootCx.SupervisorHost.Workers;

namespace RootCx.SupervisorHost.Jobs;

/// <summary>Decides what an answer means for a job: the end, another try, or another delivery.</summary>
internal static class JobVerdict
{
    private const int ErrorBytes = 16 * 1024;

    private static readonly TimeSpan LongestBackoff = TimeSpan.FromHours(1);

    /// <summary>What is to be recorded.</summary>
    /// <param name="job">The job that ended.</param>
    /// <param name="answer">In which way.</param>
    /// <param name="now">The present moment.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="random">0 to 1, spreads what is tried again.</param>
    public static JobOutcome Of(HeldJob job, JobAnswer answer, DateTimeOffset now, JobOptions options, double random)
    {
        var given = job.Delivery;
        var outcome = new JobOutcome(given.AppId, given.Id, job.Fence, JobState.Completed)
        {
            Run = job.Deliveries,
            Deliveries = job.Deliveries,
            Lost = given.Lost,
            Attempts = given.Attempts,
            StartedAt = job.StartedAt,
            Progress = job.Progress,
            ProgressNote = job.ProgressNote,
        };
        var error = LogText.Fit(answer.Text, ErrorBytes);
        return answer.Kind switch
        {
            JobAnswerKind.Returned => outcome with { Result = Encoding.UTF8.GetByteCount(answer.Text) <= options.ResultBytes ? answer.Text : null },
            _ when job.Cancelled => outcome with { State = JobState.Cancelled, Error = error },
            JobAnswerKind.Thrown => Thrown(outcome, given, error, now, random),
            JobAnswerKind.Interrupted => outcome with { State = JobState.Queued, Error = error },
            JobAnswerKind.Lost when given.Lost + 1 < options.MostLost => outcome with { State = JobState.Queued, Lost = given.Lost + 1, Error = error },
            JobAnswerKind.Lost => outcome with { State = JobState.Failed, Lost = given.Lost + 1, Error = LostTooOften(given.Lost + 1, error) },
            _ => throw new ArgumentOutOfRangeException(nameof(answer)),
        };
    }

    /// <summary>What is to be recorded of a job that is not to be delivered at all; null if it is.</summary>
    public static JobOutcome? BeforeDelivery(JobDelivery given, long fence, JobOptions options)
    {
        var outcome = new JobOutcome(given.AppId, given.Id, fence, JobState.Cancelled)
        {
            Run = given.Deliveries + 1,
            Deliveries = given.Deliveries,
            Lost = given.Lost,
            Attempts = given.Attempts,
        };
        return given.Cancelled ? outcome with { Error = "cancelled" }
            : given.Lost >= options.MostLost ? outcome with { State = JobState.Failed, Error = LostTooOften(given.Lost, "its supervisor ended while it ran") }
            : null;
    }

    /// <summary>What is to be recorded of a job that was put on record as running, and then was not delivered: that it was not.</summary>
    public static JobOutcome NotDelivered(HeldJob job) => new(job.Delivery.AppId, job.Id, job.Fence, JobState.Queued)
    {
        Run = job.Deliveries,
        Deliveries = job.Delivery.Deliveries,
        Lost = job.Delivery.Lost,
        Attempts = job.Delivery.Attempts,
    };

    private static string LostTooOften(int times, string last) => $"delivered {times} times without an answer: {last}";

    private static JobOutcome Thrown(JobOutcome outcome, JobDelivery given, string error, DateTimeOffset now, double random)
    {
        var attempts = given.Attempts + 1;
        var longest = Backoff.Exponential(attempts, TimeSpan.FromSeconds(given.BackoffSeconds), LongestBackoff);
        return attempts >= given.MaxAttempts
            ? outcome with { State = JobState.Failed, Attempts = attempts, Error = error }
            : outcome with { State = JobState.Queued, Attempts = attempts, Error = error, RunAt = now + (longest * random) };
    }
}
