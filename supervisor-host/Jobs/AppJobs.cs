using RootCx.Core.Jobs;
using RootCx.SupervisorHost.Workers;

namespace RootCx.SupervisorHost.Jobs;

/// <summary>
/// The jobs of one app that this supervisor has in hand: those that its worker has, bounded by the app's concurrency, and those that wait for their
/// turn, as many as the worker gets through in a moment. Any thread may call it.
/// </summary>
internal sealed class AppJobs
{
    // What is taken ahead is worked off within this time at the present rate.
    private static readonly TimeSpan Ahead = TimeSpan.FromMilliseconds(250);

    private const int BytesAhead = 32 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, HeldJob> _held = [];
    private readonly Queue<HeldJob> _waiting = new();
    private readonly JobCallers _callers;
    private readonly JobOptions _options;
    private readonly TimeProvider _time;
    private readonly Action<JobOutcome> _record;
    private readonly Action<string, string> _log;
    private readonly Action _hungry;
    private int _running;
    private int _ended;
    private int _ahead;
    private double _rate;
    private double _payload = 1;
    private long _takenAt;
    private bool _more = true;

    /// <summary>Has none in hand.</summary>
    /// <param name="app">Whose worker gets them.</param>
    /// <param name="callers">Speak for the users whose jobs they are.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="time">The clock.</param>
    /// <param name="record">Gets what became of each.</param>
    /// <param name="log">Writes to the app's log: level and message.</param>
    /// <param name="hungry">Called when it could do with more.</param>
    public AppJobs(
        AppSupervisor app, JobCallers callers, JobOptions options, TimeProvider time, Action<JobOutcome> record, Action<string, string> log, Action hungry)
    {
        App = app;
        _callers = callers;
        _options = options;
        _time = time;
        _record = record;
        _log = log;
        _hungry = hungry;
        _takenAt = time.GetTimestamp();
    }

    /// <summary>Whose worker gets them.</summary>
    public AppSupervisor App { get; }

    /// <summary>When the next job's time comes, as far as is known.</summary>
    public DateTimeOffset? NextDue { get; set; }

    /// <summary>Whether its schedule is to be looked at.</summary>
    public bool IsRung { get; set; } = true;

    /// <summary>There may be more for it in the database.</summary>
    public void Ring()
    {
        lock (_gate)
        {
            IsRung = true;
            _more = true;
        }
    }

    /// <summary>How many more it could do with; none as long as enough are waiting, so that they are taken many at a time.</summary>
    public int Demand()
    {
        lock (_gate)
        {
            if (!_more || _waiting.Count > _ahead / 2 || App.Taker is null)
            {
                return 0;
            }

            var wanted = _options.Concurrency - _running + _ahead - _waiting.Count;
            return Math.Max(0, Math.Min(wanted, Math.Max(_options.MostInHand, _options.Concurrency) - _held.Count));
        }
    }

    /// <summary>The ids of all it has in hand.</summary>
    public void AddIdsTo(List<long> ids)
    {
        lock (_gate)
        {
            ids.AddRange(_held.Keys);
        }
    }

    /// <summary>Takes what was fetched for a demand of <paramref name="demand"/>, and gives the worker what it may have.</summary>
    /// <param name="jobs">Best first.</param>
    /// <param name="demand">How many were asked for; fewer are all there are.</param>
    /// <param name="marked">Whether they are on record as running.</param>
    public void Add(IReadOnlyList<JobDelivery> jobs, int demand, bool marked)
    {
        lock (_gate)
        {
            Measure(jobs);
            _more = jobs.Count == demand;
            foreach (var job in jobs)
            {
                var held = _held[job.Id] = new HeldJob(this, job) { Marked = marked };
                if (JobVerdict.BeforeDelivery(job, App.Fence, _options) is { } outcome)
                {
                    held.State = HeldJobState.Ended;
                    _record(outcome);
                }
                else
                {
                    _waiting.Enqueue(held);
                }
            }
        }

        Pump();
    }

    /// <summary>Gives the worker as many jobs as it may have; what can't be given is let go of, to be taken again later.</summary>
    public void Pump()
    {
        while (Next(out var worker) is { } job)
        {
            var line = WorkerMessages.Job(job.Id, job.Deliveries, job.Delivery.Payload, _callers.For(job.Delivery));
            if (!worker!.TryStart(job, line)) // there is one with a job
            {
                LetGo(job);
            }
        }
    }

    /// <summary>What became of the job is on record, or it is none of ours any more.</summary>
    public void Forget(long id)
    {
        lock (_gate)
        {
            _held.Remove(id);
        }

        if (Demand() > 0)
        {
            _hungry();
        }
    }

    /// <summary>The worker told how far it is.</summary>
    public void Progressed(HeldJob job, double fraction, string? note)
    {
        lock (_gate)
        {
            job.Progress = fraction;
            job.ProgressNote = note;
            job.HasNews = true;
        }

        _log("event", $"job_progress: {JobProgress.ToJson(job.Id, fraction, note)}");
    }

    /// <summary>The worker answered, or will not any more.</summary>
    public void Ended(HeldJob job, JobAnswer answer)
    {
        lock (_gate)
        {
            if (job.State != HeldJobState.Running)
            {
                return;
            }

            job.State = HeldJobState.Ended;
            _running--;
            _ended++;
        }

        Record(job, answer);
        Pump();
        if (Demand() > 0)
        {
            _hungry();
        }
    }

    /// <summary>Ends the jobs whose time is over; returns what is to be put on record of those that run on.</summary>
    /// <param name="since">Those that were given to the worker before; later ones may well be over in a moment.</param>
    /// <param name="all">Also those of which nothing is new, to learn whether somebody wants them to end.</param>
    public IReadOnlyList<JobMark> Look(DateTimeOffset since, bool all)
    {
        var now = _time.GetUtcNow();
        List<HeldJob> late = [];
        List<JobMark> marks = [];
        lock (_gate)
        {
            foreach (var job in _held.Values.Where(job => job.State == HeldJobState.Running))
            {
                if (now - job.StartedAt >= Timeout(job))
                {
                    late.Add(job);
                }
                else if (job.HasNews || (job.StartedAt <= since && (all || !job.Marked)))
                {
                    job.HasNews = false;
                    job.Marked = true;
                    marks.Add(job.Mark(App.Fence, now));
                }
            }
        }

        foreach (var job in late)
        {
            job.Worker!.Abort(job.Id, "the job's time is over"); // it runs, so somebody has it
            job.Worker.Forget(job.Id);
            Ended(job, new JobAnswer(JobAnswerKind.Thrown, $"job timed out after {Timeout(job).TotalSeconds:0} s"));
        }

        return marks;
    }

    /// <summary>Somebody wants a job to end: the worker is asked to, if it has it; false if it is not in hand.</summary>
    public bool Cancel(long id)
    {
        HeldJob? job;
        lock (_gate)
        {
            if (!_held.TryGetValue(id, out job))
            {
                return false;
            }

            if (job.Cancelled || job.State == HeldJobState.Ended)
            {
                return true;
            }

            job.Cancelled = true;
            if (job.State == HeldJobState.Waiting)
            {
                return true; // let go of when its turn comes
            }
        }

        job.Worker!.Abort(id, "the job was cancelled"); // it runs, so somebody has it
        return true;
    }

    private TimeSpan Timeout(HeldJob job) => job.Delivery.TimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : _options.Timeout;

    private void Record(HeldJob job, JobAnswer answer)
    {
        var outcome = JobVerdict.Of(job, answer, App.Fence, _time.GetUtcNow(), _options, Random.Shared.NextDouble());
        _record(outcome);
        switch (outcome)
        {
            case { State: JobState.Completed, Result: null }:
                _log("system", $"job {job.Id} completed, but its result is over {_options.ResultBytes} bytes and not kept");
                break;
            case { State: JobState.Failed }:
                _log("system", $"job {job.Id} failed: {outcome.Error}");
                break;
            case { State: JobState.Queued, RunAt: { } next }:
                _log("system", $"job {job.Id} failed (attempt {outcome.Attempts} of {job.Delivery.MaxAttempts}) and is tried again at {next:HH:mm:ss}: {outcome.Error}");
                break;
        }
    }

    // The next job that may start, and the worker for it.
    private HeldJob? Next(out WorkerProcess? worker)
    {
        worker = App.Taker;
        lock (_gate)
        {
            if (worker is null)
            {
                while (_waiting.TryDequeue(out var left))
                {
                    _held.Remove(left.Id);
                    _more = true;
                }

                return null;
            }

            while (_running < _options.Concurrency && _waiting.TryDequeue(out var job))
            {
                if (job.Cancelled)
                {
                    _held.Remove(job.Id);
                    continue;
                }

                _running++;
                job.State = HeldJobState.Running;
                job.StartedAt = _time.GetUtcNow();
                job.Worker = worker;
                return job;
            }

            return null;
        }
    }

    // The worker takes no more; when another one does, or this one again, it is taken again.
    private void LetGo(HeldJob job)
    {
        lock (_gate)
        {
            _running--;
            _held.Remove(job.Id);
            _more = false;
        }
    }

    // With the gate. How fast the worker is decides how much is taken ahead.
    private void Measure(IReadOnlyList<JobDelivery> jobs)
    {
        var elapsed = _time.GetElapsedTime(_takenAt);
        _takenAt = _time.GetTimestamp();
        _rate = (_rate + (_ended / Math.Max(elapsed.TotalSeconds, 0.0005))) / 2;
        _ended = 0;
        if (jobs.Count > 0)
        {
            _payload = (_payload + jobs.Average(job => job.Payload.Length)) / 2;
        }

        _ahead = (int)Math.Min(_rate * Ahead.TotalSeconds, BytesAhead / _payload);
    }
}
