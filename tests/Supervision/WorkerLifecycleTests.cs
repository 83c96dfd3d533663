using RootCx.Core.Workers;
using RootCx.SupervisorHost.Workers;
using static RootCx.Core.Workers.WorkerStatus;
using static RootCx.Tests.Supervision.WorkerLifecycleTests.Event;

namespace RootCx.Tests.Supervision;

public sealed class WorkerLifecycleTests
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly AppVersion Version = new("app", 7, "/nowhere", "index.ts");

    /// <summary>What can happen to a worker.</summary>
    public enum Event
    {
        Start,
        Restart,
        Ready,
        TakenOver,
        Crash,
        LastCrash,
        Refused,
        Stop,
        Ended,
    }

    /// <summary>Every state and every event.</summary>
    public static TheoryData<WorkerStatus, Event, WorkerStatus> Transitions { get; } = new()
    {
        { Stopped, Start, Starting },
        { Stopped, Restart, Stopped },
        { Stopped, Ready, Stopped },
        { Stopped, TakenOver, Running },
        { Stopped, Crash, Stopped },
        { Stopped, LastCrash, Stopped },
        { Stopped, Refused, Crashed },
        { Stopped, Stop, Stopped },
        { Stopped, Ended, Stopped },

        { Starting, Start, Starting },
        { Starting, Restart, Starting },
        { Starting, Ready, Running },
        { Starting, TakenOver, Running },
        { Starting, Crash, Starting },
        { Starting, LastCrash, Crashed },
        { Starting, Refused, Crashed },
        { Starting, Stop, Stopping },
        { Starting, Ended, Starting },

        { Running, Start, Running },
        { Running, Restart, Running },
        { Running, Ready, Running },
        { Running, TakenOver, Running },
        { Running, Crash, Starting },
        { Running, LastCrash, Crashed },
        { Running, Refused, Running },
        { Running, Stop, Stopping },
        { Running, Ended, Running },

        { Stopping, Start, Stopping },
        { Stopping, Restart, Stopping },
        { Stopping, Ready, Stopping },
        { Stopping, TakenOver, Running },
        { Stopping, Crash, Stopping },
        { Stopping, LastCrash, Stopping },
        { Stopping, Refused, Stopping },
        { Stopping, Stop, Stopping },
        { Stopping, Ended, Stopped },

        { Crashed, Start, Starting },
        { Crashed, Restart, Crashed },
        { Crashed, Ready, Crashed },
        { Crashed, TakenOver, Running },
        { Crashed, Crash, Crashed },
        { Crashed, LastCrash, Crashed },
        { Crashed, Refused, Crashed },
        { Crashed, Stop, Stopped },
        { Crashed, Ended, Crashed },
    };

    [Theory]
    [MemberData(nameof(Transitions))]
    public void Each_event_leads_from_each_state_to_one(WorkerStatus from, Event happened, WorkerStatus to)
    {
        var lifecycle = In(from, mostCrashes: happened == LastCrash ? 1 : 5);

        Happen(lifecycle, happened);

        Assert.Equal(to, lifecycle.Present.Status);
    }

    [Fact]
    public void The_table_has_every_pair_once() =>
        Assert.Equal(Enum.GetValues<WorkerStatus>().Length * Enum.GetValues<Event>().Length, Transitions.Select(row => (row.Data.Item1, row.Data.Item2)).Distinct().Count());

    [Fact]
    public void What_happened_is_remembered_until_somebody_starts_it_anew()
    {
        var lifecycle = In(Running, mostCrashes: 2);

        Assert.Equal(TimeSpan.Zero, lifecycle.Crashed(Crashing("one"), Begin));
        Assert.True(lifecycle.Restart());
        Assert.Equal(new AppStatus(Starting) { LastVersion = 7, Restarts = 1, LastExit = "exit code 1", LastErrors = "one" }, lifecycle.Present);
        lifecycle.Ready(7);
        Assert.Null(lifecycle.Crashed(Crashing("two"), Begin.AddSeconds(1)));
        Assert.Equal(
            new AppStatus(Crashed, "ended: two") { LastVersion = 7, Restarts = 1, LastExit = "exit code 1", LastErrors = "two" }, lifecycle.Present);

        Assert.True(lifecycle.Start());
        Assert.Equal(new AppStatus(Starting) { LastVersion = 7, LastExit = "exit code 1", LastErrors = "two" }, lifecycle.Present);
        Assert.Equal(TimeSpan.Zero, lifecycle.Crashed(Crashing("three"), Begin.AddSeconds(2)));
    }

    [Fact]
    public void A_process_that_could_not_be_made_leaves_what_is_known_of_the_one_before()
    {
        var lifecycle = In(Running, mostCrashes: 5);
        lifecycle.Crashed(Crashing("one"), Begin);
        lifecycle.Crashed(new WorkerCrash(Version, TimeSpan.Zero, "spawn failed: no such file"), Begin);

        Assert.Equal(
            new AppStatus(Starting, "spawn failed: no such file") { LastVersion = 7, LastExit = "exit code 1", LastErrors = "one" }, lifecycle.Present);
    }

    [Fact]
    public void Every_change_is_told()
    {
        var told = new List<WorkerStatus>();
        WorkerLifecycle? lifecycle = null;
        lifecycle = new WorkerLifecycle(5, TimeSpan.FromMinutes(1), () => told.Add(lifecycle!.Present.Status)); // set before anything happens

        foreach (var happened in new[] { Start, Ready, Crash, Restart, Ready, Stop, Ended, Ended })
        {
            Happen(lifecycle, happened);
        }

        Assert.Equal([Starting, Running, Starting, Starting, Running, Stopping, Stopped], told);
    }

    private static WorkerLifecycle In(WorkerStatus status, int mostCrashes)
    {
        var lifecycle = new WorkerLifecycle(mostCrashes, TimeSpan.FromMinutes(1), () => { });
        Event[] way = status switch
        {
            Stopped => [],
            Starting => [Start],
            Running => [Start, Ready],
            Stopping => [Start, Ready, Stop],
            Crashed => [Refused],
            _ => throw new ArgumentOutOfRangeException(nameof(status)),
        };
        Array.ForEach(way, happened => Happen(lifecycle, happened));
        Assert.Equal(status, lifecycle.Present.Status);
        return lifecycle;
    }

    private static void Happen(WorkerLifecycle lifecycle, Event happened)
    {
        switch (happened)
        {
            case Start:
                lifecycle.Start();
                break;
            case Restart:
                lifecycle.Restart();
                break;
            case Ready:
                lifecycle.Ready(7);
                break;
            case TakenOver:
                lifecycle.TakenOver(8, isNew: true);
                break;
            case Crash or LastCrash:
                lifecycle.Crashed(Crashing("on purpose"), Begin);
                break;
            case Refused:
                lifecycle.Refused("no code");
                break;
            case Stop:
                lifecycle.Stop();
                break;
            case Ended:
                lifecycle.Ended();
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(happened));
        }
    }

    private static WorkerCrash Crashing(string errors) => new(Version, TimeSpan.FromSeconds(1), $"ended: {errors}", "exit code 1", errors);
}
