using RootCx.Core.Jobs;
using RootCx.Core.Logs;
using RootCx.Core.Telemetry;
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

    // A worker that shows no sign of life for so long while a job should have ended is killed.
    private static readonly TimeSpan Deaf = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<long, HeldJob> _held = [];
    private readonly Queue<HeldJob> _waiting = new();
    private readonly JobCallers _callers;
    private readonly JobOptions _options;
    private readonly PlatformMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly Action<JobOutcome> _record;
    private readonly Action<string, string> _log;
    private readonly Action _hungry;
    private int _running;
    private bool _alone; // what runs, if anything does
    private int _ended;
    private int _ahead;
    private double _rate;
    private double _payload = 1;
    private long _takenAt;
    private bool _more = true;
    private int _rings;
    private int _ringsSeen;

    /// <summary>Has none in hand.</summary>
    /// <param name="app">Whose worker gets them.</param>
    /// <param name="callers">Speak for the users whose jobs they are.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="metrics">Are told how long jobs take.</param>
    /// <param name="time">The clock.</param>
    /// <param name="record">Gets what became of each.</param>
    /// <param name="log">Writes to the app's log: level and message.</param>
    /// <param name="hungry">Called when it could do with more.</param>
    public AppJobs(
        AppSupervisor app,
        JobCallers callers,
        JobOptions options,
        PlatformMetrics metrics,
        TimeProvider time,
        Action<JobOutcome> record,
        Action<string, string> log,
        Action hungry)
    {
        App = app;
        _callers = callers;
        _options = options;
        _metrics = metrics;
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
            HasMore();
        }
    }

    /// <summary>There is more for it in the database, and nothing new in its schedule.</summary>
    public void HasMore()
    {
        lock (_gate)
        {
            _more = true;
            _rings++;
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

            _ringsSeen = _rings;
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
    /// <param name="fence">Of the lease they were taken under.</param>
    /// <param name="marked">Whether they are on record as running.</param>
    public void Add(IReadOnlyList<JobDelivery> jobs, int demand, long fence, bool marked)
    {
        lock (_gate)
        {
            Measure(jobs);
            _more = jobs.Count == demand || _rings != _ringsSeen || jobs.Sum(job => (long)job.Payload.Length) > JobLedger.MostBytes / 2;
            foreach (var job in jobs)
            {
                var held = _held[job.Id] = new HeldJob(this, job, fence) { Marked = marked };
                if (JobVerdict.BeforeDelivery(job, fence, _options) is { } outcome)
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

    /// <summary>Whether none is waiting, running, or on its way to being recorded.</summary>
    public bool HasNone
    {
        get
        {
            lock (_gate)
            {
                return _held.Count == 0;
            }
        }
    }

    /// <summary>Gives the worker as many jobs as it may have; what can't be given is let go of, to be taken again later.</summary>
    public void Pump()
    {
        var jobs = Next(out var worker);
        if (jobs.Count == 0)
        {
            return;
        }

        jobs.ForEach(job => job.Span = JobSpans.Run(job.Delivery));
        var lines = jobs.ConvertAll(job => WorkerMessages.Job(
            job.Id, job.Deliveries, job.Delivery.Payload, _callers.For(job.Delivery), worker!.Served, job.Span?.Id ?? job.Delivery.Trace)); // there is a worker with a job
        foreach (var refused in worker!.Start(jobs, lines))
        {
            JobSpans.End(((HeldJob)refused).Span, outcome: null);
            LetGo((HeldJob)refused, worker);
        }
    }

    /// <summary>Some have ended: the worker gets the next ones, and if there are few left, more are asked for.</summary>
    public void GoOn()
    {
        Pump();
        AskForMore();
    }

    /// <summary>What became of the job is on record, or it is none of ours any more.</summary>
    /// <param name="id">The job.</param>
    /// <param name="fence">Of the lease it was taken under: one that was taken anew since is another matter.</param>
    public void Forget(long id, long fence)
    {
        lock (_gate)
        {
            if (_held.TryGetValue(id, out var job) && job.Fence == fence)
            {
                _held.Remove(id);
            }
        }

        AskForMore();
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

        _log(LogLevels.Event, $"job_progress: {JobProgress.ToJson(job.Id, fraction, note)}");
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
                    marks.Add(job.Mark(now));
                }
            }
        }

        late.ForEach(EndLate);
        if (late.Count > 0)
        {
            GoOn();
        }

        return marks;
    }

    // The job is told, and its place is free as soon as the worker has shown that it listens: one that does not would only get more to be deaf to.
    private void EndLate(HeldJob job)
    {
        var worker = job.Worker!; // it runs, so somebody has it
        if (job.LateSince is not { } since)
        {
            job.LateSince = _time.GetTimestamp();
            job.PongsBefore = worker.Pongs;
            worker.Abort(job, "the job's time is over");
            worker.Ping();
            return;
        }

        if (worker.Pongs == job.PongsBefore && worker.Pongs is not null)
        {
            if (_time.GetElapsedTime(since) < Deaf)
            {
                return;
            }

            _log(LogLevels.System, $"worker does not react: killed, because job {job.Id} does not end");
            worker.Kill();
        }

        worker.Forget(job.Id);
        Ended(job, new JobAnswer(JobAnswerKind.Thrown, $"job timed out after {Timeout(job).TotalSeconds:0} s"));
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

            job.Cancelled = true;
            if (job.State != HeldJobState.Running)
            {
                return true; // let go of when its turn comes
            }
        }

        job.Worker!.Abort(job, "the job was cancelled"); // it runs, so somebody has it
        return true;
    }

    private void AskForMore()
    {
        if (Demand() > 0)
        {
            _hungry();
        }
    }

    private TimeSpan Timeout(HeldJob job) => job.Delivery.TimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : _options.Timeout;

    private void Record(HeldJob job, JobAnswer answer)
    {
        var outcome = JobVerdict.Of(job, answer, _time.GetUtcNow(), _options, Random.Shared.NextDouble());
        _record(outcome);
        JobSpans.End(job.Span, outcome);
        _metrics.JobProcessed(outcome.AppId, outcome.State.Name(), _time.GetUtcNow() - (job.StartedAt ?? _time.GetUtcNow()));
        switch (outcome)
        {
            case { State: JobState.Completed, Result: null }:
                _log(LogLevels.System, $"job {job.Id} completed, but its result is over {_options.ResultBytes} bytes and not kept");
                break;
            case { State: JobState.Failed }:
                _log(LogLevels.System, $"job {job.Id} failed: {outcome.Error}");
                break;
            case { State: JobState.Queued, RunAt: { } next }:
                _log(LogLevels.System, $"job {job.Id} failed (attempt {outcome.Attempts} of {job.Delivery.MaxAttempts}) and is tried again at {next:HH:mm:ss}: {outcome.Error}");
                break;
        }
    }

    // The next jobs that may start, and the worker for them.
    private List<HeldJob> Next(out WorkerProcess? worker)
    {
        worker = App.Taker;
        var next = new List<HeldJob>();
        lock (_gate)
        {
            if (worker is null)
            {
                while (_waiting.TryDequeue(out var left))
                {
                    Return(left);
                }

                _more = true;
                return next;
            }

            var now = _time.GetUtcNow();
            while (_running < _options.Concurrency && _waiting.TryPeek(out var job))
            {
                // One that was lost may be what ended its worker. It runs alone, so that no other is lost with it again.
                var alone = job.Delivery.Lost > 0;
                if (_running > 0 && (alone || _alone))
                {
                    break;
                }

                _waiting.Dequeue();
                if (job.Cancelled)
                {
                    Return(job);
                    continue;
                }

                _alone = alone;
                _running++;
                job.State = HeldJobState.Running;
                job.StartedAt = now;
                job.Worker = worker;
                next.Add(job);
            }

            return next;
        }
    }

    // The worker takes no more; when another one does, or this one again, it is taken again.
    private void LetGo(HeldJob job, WorkerProcess worker)
    {
        lock (_gate)
        {
            _running--;
            Return(job);
            if (ReferenceEquals(App.Taker, worker))
            {
                _more = false;
            }
        }
    }

    // With the gate. It was not delivered; if it is on record as running, that is taken back first.
    private void Return(HeldJob job)
    {
        if (!job.Marked)
        {
            _held.Remove(job.Id);
            return;
        }

        job.State = HeldJobState.Ended;
        _record(JobVerdict.NotDelivered(job));
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
