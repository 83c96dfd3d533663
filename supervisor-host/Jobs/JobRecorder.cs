using Npgsql;
using RootCx.Core.Database;
using RootCx.Core.Jobs;
using RootCx.Core.Loops;

namespace RootCx.SupervisorHost.Jobs;

/// <summary>Puts on record what became of jobs: while one batch is on its way to the database the next one gathers. What can't be written is tried again.</summary>
public sealed partial class JobRecorder : IAsyncDisposable
{
    private const int Batch = 1000;
    private const long BatchCharacters = 8 * 1024 * 1024;

    // While many end, it is worth waiting for some more of them.
    private const int Few = 32;

    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(8);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Queue<JobOutcome> _outcomes = new();
    private readonly JobLedger _ledger;
    private readonly ILogger _logger;
    private readonly WorkLoop _loop;
    private TaskCompletionSource? _empty;
    private int _most = Batch;

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
        if (Next() is not { Count: > 0 } batch)
        {
            return Timeout.InfiniteTimeSpan;
        }

        try
        {
            Settle(batch, await _ledger.RecordAsync(batch, cancellationToken));
            _most = Math.Min(Batch, _most * 2);
        }
        catch (PostgresException exception) when (exception.RefusesValue())
        {
            // Something in it can't be stored. Smaller batches find out what.
            _most = Math.Max(1, batch.Count / 2);
            if (batch is [var culprit])
            {
                Log.Unstorable(_logger, exception, culprit.Id, culprit.AppId);
                Replace(Storable(culprit));
            }

            return TimeSpan.Zero;
        }

        return batch.Count < Few ? TimeSpan.Zero : Gather;
    }

    // They stay until they are written.
    private List<JobOutcome> Next()
    {
        lock (_gate)
        {
            if (_outcomes.Count == 0)
            {
                _empty?.TrySetResult();
                _empty = null;
                return [];
            }

            var characters = 0L;
            return [.. _outcomes.Take(_most).TakeWhile((outcome, position) => (characters += outcome.Result?.Length ?? 0) < BatchCharacters || position == 0)];
        }
    }

    private void Settle(List<JobOutcome> batch, IReadOnlySet<long> recorded)
    {
        lock (_gate)
        {
            batch.ForEach(_ => _outcomes.Dequeue());
        }

        foreach (var outcome in batch)
        {
            if (!recorded.Contains(outcome.Id))
            {
                Log.Refused(_logger, outcome.Id, outcome.AppId, outcome.State.Name());
            }

            Settled?.Invoke(outcome);
        }
    }

    private void Replace(JobOutcome first)
    {
        lock (_gate)
        {
            JobOutcome[] others = [.. _outcomes.Skip(1)];
            _outcomes.Clear();
            _outcomes.Enqueue(first);
            Array.ForEach(others, _outcomes.Enqueue);
        }
    }

    private static JobOutcome Storable(JobOutcome outcome) => outcome with
    {
        Result = null,
        ProgressNote = null,
        Error = outcome.State == JobState.Completed ? "the result could not be stored" : "what was thrown could not be stored",
    };

    private static partial class Log
    {
        [LoggerMessage(2301, LogLevel.Warning, "Job {Id} of {AppId} could not be recorded as {State}: it was cancelled, or its app passed to another supervisor")]
        public static partial void Refused(ILogger logger, long id, string appId, string state);

        [LoggerMessage(2302, LogLevel.Error, "What job {Id} of {AppId} ended with can't be stored")]
        public static partial void Unstorable(ILogger logger, Exception exception, long id, string appId);
    }
}
