using RootCx.Core.Jobs;
using RootCx.SupervisorHost.Jobs;
using RootCx.SupervisorHost.Workers;

namespace RootCx.Tests.Jobs;

public sealed class JobVerdictTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly JobOptions Options = new();

    [Theory]
    [InlineData(JobAnswerKind.Returned, 0, false, JobState.Completed, 0)]
    [InlineData(JobAnswerKind.Returned, 0, true, JobState.Completed, 0)]
    [InlineData(JobAnswerKind.Thrown, 0, false, JobState.Failed, 0)]
    [InlineData(JobAnswerKind.Thrown, 0, true, JobState.Cancelled, 0)]
    [InlineData(JobAnswerKind.Interrupted, 4, false, JobState.Queued, 4)]
    [InlineData(JobAnswerKind.Interrupted, 4, true, JobState.Cancelled, 4)]
    [InlineData(JobAnswerKind.Lost, 0, false, JobState.Queued, 1)]
    [InlineData(JobAnswerKind.Lost, 3, false, JobState.Queued, 4)]
    [InlineData(JobAnswerKind.Lost, 4, false, JobState.Failed, 5)]
    [InlineData(JobAnswerKind.Lost, 0, true, JobState.Cancelled, 0)]
    public void What_a_worker_makes_of_a_job_decides_what_becomes_of_it(JobAnswerKind kind, int lostBefore, bool cancelled, JobState state, int lost)
    {
        var outcome = Of(Job(lost: lostBefore), new JobAnswer(kind, "\"said\""), cancelled);

        Assert.Equal((state, lost, 3), (outcome.State, outcome.Lost, outcome.Deliveries));
        Assert.Equal(state == JobState.Completed ? "\"said\"" : null, outcome.Result);
        Assert.Equal(state == JobState.Completed, outcome.Error is null);
        Assert.Null(outcome.RunAt);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(1, 10)]
    [InlineData(2, 20)]
    [InlineData(9, 2560)]
    [InlineData(10, 3600)]
    [InlineData(23, 3600)]
    public void Pauses_double_with_each_throw_up_to_an_hour_and_are_drawn_from_zero_on(int throws, int longest)
    {
        var job = Job(attempts: throws, maxAttempts: 25);
        var outcome = Of(job, new JobAnswer(JobAnswerKind.Thrown, "no"), random: 0.5);

        Assert.Equal((JobState.Queued, throws + 1, Now.AddSeconds(longest / 2.0)), (outcome.State, outcome.Attempts, outcome.RunAt));
        Assert.Equal(Now, Of(job, new JobAnswer(JobAnswerKind.Thrown, "no"), random: 0).RunAt);
    }

    [Fact]
    public void The_last_attempt_is_the_end() =>
        Assert.Equal(JobState.Failed, Of(Job(attempts: 2, maxAttempts: 3), new JobAnswer(JobAnswerKind.Thrown, "no")).State);

    [Fact]
    public void A_result_over_the_limit_is_not_kept()
    {
        var outcome = Of(Job(), new JobAnswer(JobAnswerKind.Returned, new string('ü', (Options.ResultBytes / 2) + 1)));
        Assert.Equal((JobState.Completed, null), (outcome.State, outcome.Result));
    }

    [Fact]
    public void A_job_that_was_lost_too_often_or_taken_back_is_not_delivered()
    {
        Assert.Null(JobVerdict.BeforeDelivery(Job(lost: 4), 1, Options));
        Assert.Equal(JobState.Failed, JobVerdict.BeforeDelivery(Job(lost: 5), 1, Options)!.State);
        Assert.Equal(JobState.Cancelled, JobVerdict.BeforeDelivery(Job() with { Cancelled = true }, 1, Options)!.State);
    }

    private static JobDelivery Job(int lost = 0, int attempts = 0, int maxAttempts = 1) =>
        new("app", 42, "{}"u8.ToArray(), null, null, Deliveries: 2, lost, attempts, maxAttempts, BackoffSeconds: 5, TimeoutSeconds: null, Cancelled: false);

    private static JobOutcome Of(JobDelivery delivery, JobAnswer answer, bool cancelled = false, double random = 1) =>
        JobVerdict.Of(new HeldJob(null!, delivery, fence: 1) { Cancelled = cancelled }, answer, Now, Options, random); // nothing here asks the job's owner
}
