using RootCx.Core.Processes;

namespace RootCx.Local.Launcher;

/// <summary>All parts: started in groups, watched together, stopped in reverse order.</summary>
internal sealed class Stack(ProcessGuardian guardian, ChildRecords records, Terminal terminal, TimeProvider time)
{
    private readonly List<RunningPart> _parts = [];
    private readonly List<Task> _watches = [];

    /// <summary>The parts in the order of their start.</summary>
    public IReadOnlyList<RunningPart> Parts => _parts;

    /// <summary>Raised when a part was started again.</summary>
    public Func<Task>? OnRestarted { get; set; }

    /// <summary>Starts parts that don't need each other, and waits until all of them work.</summary>
    /// <exception cref="LaunchException">One does not.</exception>
    public async Task StartAsync(IEnumerable<Part> parts, CancellationToken stop)
    {
        var starting = parts.Select(part => new RunningPart(part, guardian, records, terminal, time)).ToList();
        _parts.AddRange(starting);

        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var starts = starting.ConvertAll(part => part.StartAsync(giveUp.Token));
        await foreach (var started in Task.WhenEach(starts).WithCancellation(CancellationToken.None))
        {
            if (!started.IsCompletedSuccessfully)
            {
                await giveUp.CancelAsync();
            }
        }

        // The first failure is the cause; the others only gave up because of it.
        await (starts.Find(start => start.IsFaulted) ?? Task.WhenAll(starts));
        foreach (var part in starting)
        {
            part.OnStarted = () => OnRestarted?.Invoke() ?? Task.CompletedTask;
            _watches.Add(part.KeepAliveAsync(stop));
        }
    }

    /// <summary>Completes, always by an exception: cancelled when the stop was asked for, a <see cref="LaunchException"/> when a part is beyond help.</summary>
    public async Task WatchAsync() => await await Task.WhenAny(_watches);

    /// <summary>Stops everything that runs. The watches must have been told to stop before.</summary>
    public async Task StopAsync(CancellationToken hurry)
    {
        await Task.WhenAll(_watches).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var part in Enumerable.Reverse(_parts))
        {
            await part.StopAsync(hurry);
        }
    }
}
