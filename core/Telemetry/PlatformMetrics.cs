using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace RootCx.Core.Telemetry;

/// <summary>
/// What the platform counts and measures. Names and units follow OpenTelemetry's conventions where there is one; durations are in seconds. docs/telemetry.md lists them.
/// </summary>
public sealed class PlatformMetrics
{
    /// <summary>Name of the meter that all of them belong to.</summary>
    public const string MeterName = "RootCx";

    private const string App = "rootcx.app";
    private const string Error = "error.type";
    private const string State = "rootcx.state";
    private const string Direction = "network.io.direction";

    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    };

    private static readonly InstrumentAdvice<int> Batches = new() { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256] };

    private readonly Meter _meter;
    private readonly Histogram<double> _called;
    private readonly Histogram<double> _served;
    private readonly Histogram<double> _queued;
    private readonly Histogram<int> _batches;
    private readonly Histogram<double> _jobsWaited;
    private readonly Histogram<double> _jobsProcessed;
    private readonly Counter<long> _restarts;

    /// <summary>Makes the instruments.</summary>
    public PlatformMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _called = _meter.CreateHistogram("rpc.client.call.duration", "s", "Calls of handlers, from asking until the answer is there.", tags: null, Seconds);
        _served = _meter.CreateHistogram("rpc.server.call.duration", "s", "Calls of handlers, from their arrival at the supervisor until they are answered.", tags: null, Seconds);
        _queued = _meter.CreateHistogram("rootcx.channel.queue.duration", "s", "How long calls were on their way to the supervisor.", tags: null, Seconds);
        _batches = _meter.CreateHistogram("rootcx.channel.batch.size", "{frame}", "Calls or replies that shared one message of the queue.", tags: null, Batches);
        _jobsWaited = _meter.CreateHistogram("rootcx.job.queue.duration", "s", "How long jobs waited once they were due.", tags: null, Seconds);
        _jobsProcessed = _meter.CreateHistogram("messaging.process.duration", "s", "How long deliveries of jobs took, by what became of them.", tags: null, Seconds);
        _restarts = _meter.CreateCounter<long>("rootcx.worker.restarts", "{restart}", "Workers that were started again after a crash.");
    }

    /// <summary>A call came to an end where it was asked for.</summary>
    /// <param name="appId">Whose handler.</param>
    /// <param name="duration">Since it was asked for.</param>
    /// <param name="error">The kind of error; null for none.</param>
    public void Called(string appId, TimeSpan duration, string? error) => _called.Record(duration.TotalSeconds, TagsOf(appId, error));

    /// <summary>A call came to an end at the supervisor.</summary>
    /// <param name="appId">Whose handler.</param>
    /// <param name="duration">Since it arrived.</param>
    /// <param name="error">The kind of error; null for none.</param>
    public void Served(string appId, TimeSpan duration, string? error) => _served.Record(duration.TotalSeconds, TagsOf(appId, error));

    /// <summary>A call arrived at the supervisor.</summary>
    /// <param name="onTheWay">Since it was sent, by the clocks of two machines.</param>
    public void Arrived(TimeSpan onTheWay) => _queued.Record(Math.Max(0, onTheWay.TotalSeconds));

    /// <summary>A message with so many frames was put on a queue.</summary>
    public void Sent(int frames) => _batches.Record(frames, new KeyValuePair<string, object?>(Direction, "transmit"));

    /// <summary>A message with so many frames was taken off a queue.</summary>
    public void Received(int frames) => _batches.Record(frames, new KeyValuePair<string, object?>(Direction, "receive"));

    /// <summary>A job was taken to be run.</summary>
    public void JobTaken(string appId, TimeSpan waited) => _jobsWaited.Record(Math.Max(0, waited.TotalSeconds), new KeyValuePair<string, object?>(App, appId));

    /// <summary>A delivery of a job is over.</summary>
    /// <param name="appId">Whose.</param>
    /// <param name="state">What became of the job.</param>
    /// <param name="duration">Since the worker got it.</param>
    public void JobProcessed(string appId, string state, TimeSpan duration) => _jobsProcessed.Record(
        duration.TotalSeconds, new TagList { { App, appId }, { State, state }, { "messaging.system", "rootcx" }, { "messaging.operation.name", "process" } });

    /// <summary>A worker is started again after a crash.</summary>
    public void Restarted(string appId) => _restarts.Add(1, new KeyValuePair<string, object?>(App, appId));

    /// <summary>From now on <paramref name="calls"/> says how many calls are under way.</summary>
    public void ObserveCalls(Func<long> calls) => _meter.CreateObservableUpDownCounter("rootcx.rpc.active_calls", calls, "{call}", "Calls of handlers under way at the supervisor.");

    /// <summary>From now on <paramref name="workers"/> says how many apps' workers are in which state.</summary>
    public void ObserveWorkers(Func<IEnumerable<(string State, long Count)>> workers) => _meter.CreateObservableUpDownCounter(
        "rootcx.workers", () => workers().Select(counted => new Measurement<long>(counted.Count, [new(State, counted.State)])), "{worker}", "Apps that the supervisor holds, by the state of their worker.");

    /// <summary>From now on <paramref name="jobs"/> says how many jobs that have not ended are in which state.</summary>
    public void ObserveJobs(Func<IEnumerable<(string AppId, string State, long Count)>> jobs) => _meter.CreateObservableUpDownCounter(
        "rootcx.jobs",
        () => jobs().Select(counted => new Measurement<long>(counted.Count, [new(App, counted.AppId), new(State, counted.State)])),
        "{job}",
        "Jobs that have not ended, of the apps that the supervisor holds, by state: the depth of their queues.");

    private static TagList TagsOf(string appId, string? error)
    {
        var tags = new TagList { { App, appId }, { "rpc.system.name", "rootcx" } };
        if (error is not null)
        {
            tags.Add(Error, error);
        }

        return tags;
    }
}
