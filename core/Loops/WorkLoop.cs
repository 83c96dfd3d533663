using Microsoft.Extensions.Logging;

namespace RootCx.Core.Loops;

/// <summary>
/// The one polling loop of the system. Each turn runs a step that says how long the loop may rest before the next turn;
/// <see cref="Wake"/> ends a rest at once. A step that throws is logged and tried again after a growing pause, so a loop never ends by itself.
/// </summary>
public sealed partial class WorkLoop : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly string _name;
    private readonly Func<CancellationToken, Task<TimeSpan>> _step;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private Task? _running;
    private int _faults;

    /// <summary>Prepares the loop; it begins with <see cref="Start"/>.</summary>
    /// <param name="name">Shown in log messages.</param>
    /// <param name="step">One turn; returns how long to rest (zero: go on at once; <see cref="Timeout.InfiniteTimeSpan"/>: until woken).</param>
    /// <param name="time">The clock that rests are measured with.</param>
    /// <param name="logger">Where faults go.</param>
    public WorkLoop(string name, Func<CancellationToken, Task<TimeSpan>> step, TimeProvider time, ILogger logger)
    {
        _name = name;
        _step = step;
        _time = time;
        _logger = logger;
    }

    /// <summary>When the last turn ended without a fault; for health checks.</summary>
    public DateTimeOffset? LastTurn { get; private set; }

    /// <summary>Starts the loop; a second call changes nothing.</summary>
    public void Start()
    {
        lock (_gate)
        {
            _running ??= Task.Run(RunAsync);
        }
    }

    /// <summary>Ends the present rest, or makes the rest after the present turn be skipped.</summary>
    public void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // A wake-up is already waiting; one is enough.
        }
    }

    /// <summary>Ends the loop and waits for the turn under way.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_running is { } running)
        {
            await running;
        }
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await RestAsync(await TurnAsync());
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task<TimeSpan> TurnAsync()
    {
        try
        {
            var rest = await _step(_stop.Token);
            _faults = 0;
            LastTurn = _time.GetUtcNow();
            return rest;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception)
        {
            _faults++;
            var pause = Backoff.Exponential(_faults, FirstPause, LongestPause);
            Log.Fault(_logger, exception, _name, pause.TotalMilliseconds);
            return pause;
        }
    }

    private async Task RestAsync(TimeSpan rest)
    {
        if (rest == TimeSpan.Zero)
        {
            return;
        }

        using var due = new CancellationTokenSource(rest, _time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, due.Token);
        try
        {
            await _wake.WaitAsync(over.Token);
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            // The rest is over.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1101, LogLevel.Warning, "{Loop} failed; trying again in {Milliseconds} ms")]
        public static partial void Fault(ILogger logger, Exception exception, string loop, double milliseconds);
    }
}
