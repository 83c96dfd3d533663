using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Options;
using RootCx.Core.Crons;
using RootCx.Core.Doorbells;
using RootCx.Core.Jobs;
using RootCx.Core.Logs;
using RootCx.Core.Loops;
using RootCx.Core.Telemetry;
using RootCx.SupervisorHost.Workers;

namespace RootCx.SupervisorHost.Jobs;

/// <summary>
/// Runs the jobs of the apps that this supervisor holds. One loop takes jobs for all apps that could do with some, in one query, so that none waits for
/// another; a second one looks after those that take longer than a moment.
/// </summary>
public sealed class JobRunner : IHostedService, IAsyncDisposable
{
    // For rings that got lost.
    private static readonly TimeSpan LookAnyway = TimeSpan.FromSeconds(5);

    // Somebody is changing one of an app's crons; it takes a moment.
    private static readonly TimeSpan WhileCronsChange = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan LeastRest = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Watch = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<string, AppJobs> _apps = new();
    private readonly List<IDisposable> _bells = [];
    private readonly JobLedger _ledger;
    private readonly CronSettlement _crons;
    private readonly JobRecorder _recorder;
    private readonly JobCallers _callers;
    private readonly AppSupervisors _supervisors;
    private readonly SupervisorService _service;
    private readonly DoorbellListener _listener;
    private readonly LogWriter _logs;
    private readonly JobOptions _options;
    private readonly PlatformMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly WorkLoop _taking;
    private readonly WorkLoop _watching;
    private long _lookedAt;
    private long _markedAllAt;

    /// <summary>Does nothing before it is started.</summary>
    public JobRunner(
        JobLedger ledger,
        CronSettlement crons,
        JobRecorder recorder,
        JobCallers callers,
        AppSupervisors supervisors,
        SupervisorService service,
        DoorbellListener listener,
        LogWriter logs,
        IOptions<JobOptions> options,
        PlatformMetrics metrics,
        TimeProvider time,
        ILogger<JobRunner> logger)
    {
        _ledger = ledger;
        _crons = crons;
        _recorder = recorder;
        _callers = callers;
        _supervisors = supervisors;
        _service = service;
        _listener = listener;
        _logs = logs;
        _options = options.Value;
        _metrics = metrics;
        _time = time;
        _taking = new WorkLoop("Jobs", TakeAsync, time, logger);
        _watching = new WorkLoop("Running jobs", WatchAsync, time, logger);
    }

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _service.BeforeRelease = _recorder.FlushAsync; // what workers say while they end counts
        _service.HasJobs = appId => _apps.TryGetValue(appId, out var jobs) && !jobs.HasNone;
        _supervisors.Changed += Changed;
        foreach (var app in _supervisors.All)
        {
            Changed(app);
        }

        _recorder.Settled += Settled;
        _recorder.Settled += _ => _service.LookForQuiet();
        _bells.Add(_listener.Subscribe(Topics.Jobs, Rung));
        _bells.Add(_listener.Subscribe(Topics.CancelledJobs, Cancel));
        _taking.Start();
        _watching.Start();
        return Task.CompletedTask;
    }

    /// <summary>Takes no more jobs. Those that run are answered while their workers end.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _bells.ForEach(bell => bell.Dispose());
        _supervisors.Changed -= Changed;
        await _taking.DisposeAsync();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _taking.DisposeAsync();
        await _watching.DisposeAsync();
    }

    private void Changed(AppSupervisor app)
    {
        var jobs = JobsOf(app);
        if (app.Taker is null)
        {
            jobs.Pump(); // lets go of what waits
        }
        else
        {
            jobs.Ring();
            _taking.Wake();
        }
    }

    private void Rung(string appId)
    {
        if (appId.Length == 0)
        {
            RingAll();
        }
        else if (_apps.TryGetValue(appId, out var jobs))
        {
            jobs.Ring();
        }
        else
        {
            return;
        }

        _taking.Wake();
    }

    private void Cancel(string id)
    {
        if (id.Length == 0)
        {
            _markedAllAt = 0; // some may have been missed
            _watching.Wake();
        }
        else if (long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var job))
        {
            CancelJob(job);
        }
    }

    private void CancelJob(long id) => _ = _apps.Values.Any(jobs => jobs.Cancel(id));

    private void Settled(JobOutcome outcome)
    {
        if (_apps.TryGetValue(outcome.AppId, out var jobs))
        {
            jobs.Forget(outcome.Id, outcome.Fence);
            if (!outcome.State.IsEnded())
            {
                jobs.Ring();
                _taking.Wake();
            }
        }
    }

    // An app that was lost and came back has another supervisor object; what the first one had in hand is none of the second one's business.
    private AppJobs JobsOf(AppSupervisor app) => _apps.AddOrUpdate(
        app.AppId, _ => NewJobs(app), (_, present) => ReferenceEquals(present.App, app) ? present : NewJobs(app));

    private AppJobs NewJobs(AppSupervisor app) => new(
        app, _callers, _options, _metrics, _time, _recorder.Add, (level, message) => _logs.Write(app.AppId, level, message), _taking.Wake);

    private void RingAll()
    {
        foreach (var jobs in _apps.Values)
        {
            jobs.Ring();
        }
    }

    private async Task<TimeSpan> TakeAsync(CancellationToken cancellationToken)
    {
        if (_time.GetElapsedTime(_lookedAt) >= LookAnyway)
        {
            _lookedAt = _time.GetTimestamp();
            foreach (var (appId, jobs) in _apps)
            {
                if (!ReferenceEquals(_supervisors.Find(appId), jobs.App))
                {
                    _apps.TryRemove(KeyValuePair.Create(appId, jobs)); // the app is another supervisor's now
                }
            }

            RingAll();
        }

        // What is ready goes first; what is due may make more of it.
        var again = await FetchAsync(cancellationToken);
        if (await PromoteAsync(cancellationToken) || again)
        {
            return TimeSpan.Zero;
        }

        var now = _time.GetUtcNow();
        var rest = LookAnyway - _time.GetElapsedTime(_lookedAt);
        foreach (var due in _apps.Values.Where(jobs => jobs.App.Taker is not null).Select(jobs => jobs.NextDue).OfType<DateTimeOffset>())
        {
            rest = due - now < rest ? due - now : rest;
        }

        return rest > LeastRest ? rest : LeastRest;
    }

    // Whether there may be more to take, or to promote.
    private async Task<bool> PromoteAsync(CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var due = _apps.Values.Where(jobs => jobs.App.Taker is not null && (jobs.IsRung || jobs.NextDue <= now)).ToList();
        if (due.Count == 0)
        {
            return false;
        }

        due.ForEach(jobs => jobs.IsRung = false);
        var (ready, next) = await _ledger.PromoteAsync([.. due.Select(jobs => jobs.App.AppId)], cancellationToken);
        foreach (var jobs in due)
        {
            jobs.NextDue = next.TryGetValue(jobs.App.AppId, out var left) ? _time.GetUtcNow() + left : null;
            if (ready.Contains(jobs.App.AppId))
            {
                jobs.HasMore();
            }
        }

        return await SettleAsync(due, cancellationToken) || ready.Count > 0;
    }

    // Occurrences of crons that are due: whether they run depends on earlier ones. Returns whether any were decided about.
    private async Task<bool> SettleAsync(List<AppJobs> promoted, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var due = promoted.Where(jobs => jobs.NextDue <= now).ToList();
        if (due.Count == 0)
        {
            return false;
        }

        var settled = await _crons.SettleAsync([.. due.Select(jobs => jobs.App.AppId)], cancellationToken);
        foreach (var jobs in due)
        {
            if (settled.Contains(jobs.App.AppId))
            {
                jobs.Ring(); // something is ready, and something else comes next
            }
            else
            {
                jobs.NextDue = now + WhileCronsChange;
            }
        }

        return settled.Count > 0;
    }

    // Whether some app got all that it asked for and asks for more.
    private async Task<bool> FetchAsync(CancellationToken cancellationToken)
    {
        var demands = new List<(AppJobs Jobs, JobDemand Demand)>();
        var inHand = new List<long>();
        foreach (var jobs in _apps.Values)
        {
            if (jobs.Demand() is var most and > 0)
            {
                demands.Add((jobs, new JobDemand(jobs.App.AppId, jobs.App.Lease.Fence, most)));
                jobs.AddIdsTo(inHand);
            }
        }

        if (demands.Count == 0)
        {
            return false;
        }

        var taken = await _ledger.TakeAsync([.. demands.Select(demand => demand.Demand)], inHand, cancellationToken);
        foreach (var job in taken)
        {
            _metrics.JobTaken(job.AppId, job.Waited);
        }

        var byApp = taken.ToLookup(job => job.AppId);
        foreach (var (jobs, demand) in demands)
        {
            await AddAsync(jobs, demand, [.. byApp[demand.AppId]], cancellationToken);
        }

        return demands.Any(demand => demand.Jobs.Demand() > 0);
    }

    // Where the last supervisor died, one of these may have killed it: they go on record before they run, so that this one can't do so for ever.
    private async Task AddAsync(AppJobs jobs, JobDemand demand, IReadOnlyList<JobDelivery> taken, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        List<JobMark> marks = jobs.App.Lease.IsSuspect
            ? [.. taken.Where(job => JobVerdict.BeforeDelivery(job, demand.Fence, _options) is null).Select(job => new HeldJob(jobs, job, demand.Fence).Mark(now))]
            : [];
        if (marks.Count > 0)
        {
            await _ledger.MarkAsync(marks, cancellationToken);
        }

        jobs.Add(taken, demand.Most, demand.Fence, marks.Count > 0);
    }

    private async Task<TimeSpan> WatchAsync(CancellationToken cancellationToken)
    {
        var all = _time.GetElapsedTime(_markedAllAt) >= LookAnyway;
        if (all)
        {
            _markedAllAt = _time.GetTimestamp();
        }

        var since = _time.GetUtcNow() - Watch;
        List<JobMark> marks = [.. _apps.Values.SelectMany(jobs => jobs.Look(since, all))];
        if (marks.Count > 0)
        {
            foreach (var cancelled in await _ledger.MarkAsync(marks, cancellationToken))
            {
                CancelJob(cancelled);
            }
        }

        return Watch;
    }
}
