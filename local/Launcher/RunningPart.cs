using RootCx.Core.Processes;

namespace RootCx.Local.Launcher;

/// <summary>Starts one part, starts it again when it dies, and stops it.</summary>
internal sealed class RunningPart(Part part, ProcessGuardian guardian, ChildRecords records, Terminal terminal, TimeProvider time)
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan HealthInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan InsistGrace = TimeSpan.FromSeconds(5);

    private readonly RecentDeaths _deaths = new(time);
    private ChildProcess? _child;
    private long _logStart;

    public Part Part => part;

    /// <summary>The process that runs it now, or 0.</summary>
    public int ProcessId => _child?.Id ?? 0;

    /// <summary>Raised after every start that led to a working part.</summary>
    public Func<Task>? OnStarted { get; set; }

    /// <summary>Starts the part and waits until it works.</summary>
    /// <exception cref="LaunchException">It ended, or does not work within the limit.</exception>
    public async Task StartAsync(CancellationToken stop)
    {
        var began = time.GetTimestamp();
        var exit = await TryStartAsync(stop);
        if (exit is not null)
        {
            throw new LaunchException($"{part.Title} did not start: {exit}. Its log: {part.LogFile}") { Log = LogFile.Tail(part.LogFile, _logStart) };
        }

        terminal.Done($"{part.Title} at {part.Address} ({time.GetElapsedTime(began).TotalSeconds:0.0} s)");
    }

    /// <summary>Restarts the part whenever it dies: at once, then after 1, 2, 4 s.</summary>
    /// <exception cref="LaunchException">It died five times within a minute.</exception>
    public async Task KeepAliveAsync(CancellationToken stop)
    {
        while (true)
        {
            var exit = (await _child!.Exited.WaitAsync(stop)).ToString();
            while (exit is not null)
            {
                var log = LogFile.Tail(part.LogFile, _logStart);
                _deaths.Add();
                if (_deaths.IsHopeless)
                {
                    throw new LaunchException(
                        $"{part.Title} ended {_deaths.Count} times within {RecentDeaths.Window.TotalSeconds:0} s, the last time by {exit}; giving up. Its log: {part.LogFile}")
                    { Log = log };
                }

                terminal.Note($"{part.Title} ended by {exit}; starting it again. The end of {part.LogFile}:");
                terminal.Log(log);
                await Task.Delay(_deaths.Pause, time, stop);
                exit = await TryStartAsync(stop);
            }

            terminal.Done($"{part.Title} is back (pid {ProcessId})");
        }
    }

    /// <summary>Stops the part, by force in the end.</summary>
    /// <param name="hurry">Shortens every wait.</param>
    public async Task StopAsync(CancellationToken hurry)
    {
        if (_child is null)
        {
            return;
        }

        if (part.InsistSignal != UnixSignal.Kill && !hurry.IsCancellationRequested && !_child.Exited.IsCompleted)
        {
            ProcessSignals.Send(_child.Id, part.StopSignal);
            await ((Task)_child.Exited).WaitAsync(part.StopGrace, hurry).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _child.StopAsync(part.InsistSignal, InsistGrace, CancellationToken.None);
        }
        else
        {
            await _child.StopAsync(part.StopSignal, part.StopGrace, hurry);
        }

        _child.Dispose();
        await records.RemoveAsync(part.Name);
    }

    // Answers null when the part works, else how it ended.
    private async Task<string?> TryStartAsync(CancellationToken stop)
    {
        _child?.Dispose();
        _logStart = LogFile.Prepare(part.LogFile);
        var start = await part.PrepareAsync(stop);
        _child = ChildProcess.Start(start with { LogFile = part.LogFile }, guardian);
        await records.AddAsync(part.Name, _child.Id);
        var failure = await UntilHealthyAsync(_child, stop);
        if (failure is null && OnStarted is not null)
        {
            await OnStarted();
        }

        return failure;
    }

    private async Task<string?> UntilHealthyAsync(ChildProcess child, CancellationToken stop)
    {
        for (var began = time.GetTimestamp(); time.GetElapsedTime(began) < StartLimit;)
        {
            if (child.Exited.IsCompleted)
            {
                return (await child.Exited).ToString();
            }

            using var answer = CancellationTokenSource.CreateLinkedTokenSource(stop);
            answer.CancelAfter(AnswerLimit);
            if (await AskAsync(answer.Token))
            {
                return null;
            }

            stop.ThrowIfCancellationRequested();
            await Task.WhenAny(child.Exited, Task.Delay(HealthInterval, time, stop));
        }

        child.Signal(UnixSignal.Kill);
        await child.Exited;
        return $"no sign of life after {StartLimit.TotalSeconds:0} s";
    }

    private async Task<bool> AskAsync(CancellationToken cancellation)
    {
        try
        {
            return await part.IsHealthyAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
