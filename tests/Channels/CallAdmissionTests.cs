using RootCx.Core.Channels;
using RootCx.Core.Errors;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Channels;

public sealed class CallAdmissionTests
{
    private const int Seconds = 10; // that a call may take

    private readonly ManualClock _clock = new();

    [Fact]
    public void A_call_goes_where_the_fewest_are_under_way_and_to_all_of_them_in_time()
    {
        var admission = new CallAdmission(new RpcOptions(), TimeProvider.System);
        string[] hosts = ["one", "two", "three"];
        Assert.Equal(hosts.Order(), Enumerable.Range(0, 3).Select(_ => admission.Enter(hosts, "a")).Order());
        admission.Leave("two", "a", CallEnd.Answered);
        Assert.Equal("two", admission.Enter(hosts, "a"));

        var idle = new CallAdmission(new RpcOptions(), TimeProvider.System);
        var seen = new HashSet<string>();
        while (seen.Count < hosts.Length) // by chance, and so in the end
        {
            var host = idle.Enter(hosts, "a");
            idle.Leave(host, "a", CallEnd.Answered);
            seen.Add(host);
        }
    }

    [Fact]
    public void A_process_a_supervisor_and_a_worker_have_so_many_calls_under_way_and_no_more()
    {
        var admission = Admission(all: 4, perSupervisor: 3, perWorker: 2);
        admission.Enter(["one"], "a");
        admission.Enter(["one"], "a");
        AssertRefused(RpcErrors.WorkerOverloaded, () => admission.Enter(["one"], "a"));
        admission.Enter(["one"], "b");
        AssertRefused(RpcErrors.HostOverloaded, () => admission.Enter(["one"], "b"));
        admission.Enter(["two"], "a"); // another worker of the app
        AssertRefused(RpcErrors.HostOverloaded, () => admission.Enter(["three"], "c"));

        admission.Leave("one", "a", CallEnd.Answered);
        admission.Enter(["one"], "a");
        AssertRefused(RpcErrors.HostOverloaded, () => admission.Enter(["one"], "a"));
    }

    [Fact]
    public void A_supervisor_that_is_full_does_not_keep_calls_from_the_others()
    {
        var admission = Admission(all: 10, perSupervisor: 2, perWorker: 2);
        admission.Enter(["one"], "b");
        admission.Enter(["one"], "b");
        Assert.Equal("two", admission.Enter(["one", "two"], "a"));
        Assert.Equal("two", admission.Enter(["one", "two"], "a"));
        AssertRefused(RpcErrors.HostOverloaded, () => admission.Enter(["one", "two"], "a"));
    }

    [Fact]
    public void A_worker_that_turned_a_call_away_is_spared_for_a_moment_if_there_are_others()
    {
        var admission = Admission();
        Assert.Equal("one", admission.Enter(["one"], "a"));
        admission.Leave("one", "a", CallEnd.TurnedAway);
        Assert.Equal(["two", "two"], Enumerable.Range(0, 2).Select(_ => admission.Enter(["one", "two"], "a")));
        Assert.Equal("one", admission.Enter(["one"], "a")); // there is no other
        admission.Leave("one", "a", CallEnd.Answered);

        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("one", admission.Enter(["one", "two"], "a"));
    }

    [Fact]
    public void A_worker_that_answers_nothing_gets_no_more_until_it_answers_again()
    {
        var admission = Admission();
        Enter(admission, 100);
        for (var call = 0; call < 10; call++)
        {
            admission.Leave("one", "a", CallEnd.Unanswered);
        }

        AssertNotRefused(admission); // it may just have begun
        _clock.Advance(TimeSpan.FromSeconds(Seconds / 2));
        AssertRefused(RpcErrors.WorkerTooSlow, () => admission.Enter(["one"], "a"));
        Answer(admission, 1);
        AssertNotRefused(admission);
    }

    [Fact]
    public void A_call_that_would_be_answered_too_late_is_refused_and_told_when_to_come_back()
    {
        var admission = Admission();
        Enter(admission, 200);
        for (var second = 0; second < Seconds / 2; second++)
        {
            AssertNotRefused(admission); // nothing is known yet, but that this one got no answer
            Answer(admission, 10);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        // 150 are under way and 10 are answered each second: the next one would be answered after 15 s.
        var refused = Assert.Throws<RefusedException>(() => admission.Enter(["one"], "a"));
        Assert.Equal((RpcErrors.WorkerTooSlow.Error, Refusal.Unavailable, TimeSpan.FromSeconds(5)), (refused.Message, refused.Refusal, refused.RetryAfter));
        admission.Enter(["one"], "b");

        Answer(admission, 60);
        AssertNotRefused(admission);
    }

    [Fact]
    public void Slow_handlers_are_no_reason_to_refuse()
    {
        // 20 calls come each second, and each takes 9 s.
        var admission = Admission();
        for (var second = 0; second < 60; second++)
        {
            Answer(admission, second < 9 ? 0 : 20);
            Enter(admission, 20);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        AssertNotRefused(admission);
    }

    [Fact]
    public void A_few_calls_are_no_reason_to_refuse_however_long_they_take()
    {
        var admission = Admission();
        Enter(admission, WorkerBacklog.Many - 1);
        _clock.Advance(TimeSpan.FromSeconds(Seconds));
        Answer(admission, 1);
        AssertNotRefused(admission);
    }

    [Fact]
    public void Calls_that_were_not_answered_do_not_count_as_served()
    {
        var admission = Admission();
        Enter(admission, 300);
        Answer(admission, 50);
        for (var call = 0; call < 50; call++)
        {
            admission.Leave("one", "a", CallEnd.Unanswered);
        }

        _clock.Advance(TimeSpan.FromSeconds(Seconds / 2));
        AssertRefused(RpcErrors.WorkerTooSlow, () => admission.Enter(["one"], "a")); // 200 at 10 each second
    }

    private static void AssertRefused(RpcOutcome why, Action enter)
    {
        var refused = Assert.Throws<RefusedException>(enter);
        Assert.Equal((why.Error, RpcErrors.Overloaded, Refusal.Unavailable), (refused.Message, refused.Code, refused.Refusal));
    }

    private static void AssertNotRefused(CallAdmission admission)
    {
        admission.Enter(["one"], "a");
        admission.Leave("one", "a", CallEnd.Unanswered);
    }

    private static void Enter(CallAdmission admission, int calls)
    {
        for (var call = 0; call < calls; call++)
        {
            admission.Enter(["one"], "a");
        }
    }

    private static void Answer(CallAdmission admission, int calls)
    {
        for (var call = 0; call < calls; call++)
        {
            admission.Leave("one", "a", CallEnd.Answered);
        }
    }

    private CallAdmission Admission(int all = 10_000, int perSupervisor = 5000, int perWorker = 1000) => new(
        new RpcOptions
        {
            Timeout = TimeSpan.FromSeconds(Seconds),
            MostCalls = all,
            MostCallsPerSupervisor = perSupervisor,
            MostCallsPerWorker = perWorker,
        },
        _clock);
}
