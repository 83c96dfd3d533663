using RootCx.Core.Jobs;
using RootCx.Core.Loops;

namespace RootCx.SupervisorHost.Jobs;

/// <summary>Puts on record what became of jobs: while one batch is on its way to the database the next one gathers. What can't be written is tried again.</summary>
public sealed partial class JobRecorder : IAsyncDisposable
{
    private const int Batch = 1000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Queue<JobOutcome> _outcomes = new();
    private readonly JobLedger _ledger;
    private readonly ILogger _logger;
    private readonly WorkLoop _loop;
    private TaskCompletionSource? _empty;

    /// <summary>Starts recording.</summary>
    public JobRecorder(JobLedger ledger, TimeProvider time, ILogger<JobRecorder> logger)
    {
        _ledger = ledger;
        _logger = logger;
        _loop = new WorkLoop("Job recorder", WriteAsync, time, logger);
        _loop.Start();
    }

    /// <summary>Called for each outcome that is on record, or never will be; must be quick and not throw.</summary>
    public Action<JobOutcome>? Settled { get; set; }

    /// <summary>Adds one; returns at once.</summary>
    public void Add(JobOutcome outcome)
    {
        lock (_gate)
        {
            _outcomes.Enqueue(outcome);
            if (_outcomes.Count > 1)
            {
                return; // it was woken for the first one
            }
        }

        _loop.Wake();
    }

    /// <summary>Completes once everything is on record, or after 5 s.</summary>
    public async Task FlushAsync()
    {
        Task empty;
        lock (_gate)
        {
            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            empty = _empty.Task;
        }

        _loop.Wake();
        await empty.WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private async Task<TimeSpan> WriteAsync(CancellationToken cancellationToken)
    {
        List<JobOutcome> batch;
        lock (_gate)
        {
            if (_outcomes.Count == 0)
            {
                _empty?.TrySetResult();
                _empty = null;
                return Timeout.InfiniteTimeSpan;
            }

            batch = [.. _outcomes.Take(Batch)]; // they stay until they are written
        }

        var recorded = await _ledger.RecordAsync(batch, cancellationToken);
        lock (_gate)
        {
            for (var i = 0; i < batch.Count; i++)
            {
                _outcomes.Dequeue();
            }
        }

        foreach (var outcome in batch)
        {
            if (!recorded.Contains(outcome.Id))
            {
                Log.Refused(_logger, outcome.Id, outcome.AppId, outcome.State.Name());
            }

            Settled?.Invoke(outcome);
        }

        return TimeSpan.Zero;
    }

    private static partial class Log
    {
        [LoggerMessage(2301, LogLevel.Warning, "Job {Id} of {AppId} could not be recorded as {State}: it was cancelled, or its app passed to another supervisor")]
        public static partial void Refused(ILogger logger, long id, string appId, string state);
    }
}
