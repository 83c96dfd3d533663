using System.Collections.Concurrent;
using System.Globalization;

namespace RootCx.SupervisorHost.Workers;

/// <summary>The jobs that a worker has been given and has not answered. What it says of any other is ignored.</summary>
internal sealed class PendingJobs
{
    private readonly ConcurrentDictionary<long, IJobRun> _runs = new();
    private volatile TaskCompletionSource? _drained;

    /// <summary>How many there are.</summary>
    public int Count => _runs.Count;

    /// <summary>Adds one; false when it is there already.</summary>
    public bool Add(IJobRun run) => _runs.TryAdd(run.Id, run);

    /// <summary>The job that the worker speaks of, or null.</summary>
    /// <param name="id">The job's id, or the id of its delivery: the job's, a colon, and the delivery's number.</param>
    public IJobRun? Find(string? id)
    {
        var parts = id?.Split(':') ?? [];
        return parts.Length is 1 or 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var known)
            && _runs.TryGetValue(known, out var run)
            && (parts.Length == 1 || parts[1] == run.Deliveries.ToString(CultureInfo.InvariantCulture))
                ? run
                : null;
    }

    /// <summary>Takes off the job that the worker speaks of; null if there is none.</summary>
    public IJobRun? Take(string? id) => Find(id) is { } run ? Take(run.Id) : null;

    /// <summary>Takes a job off; null if it is not there.</summary>
    public IJobRun? Take(long id)
    {
        _runs.TryRemove(id, out var run);
        TellIfDrained();
        return run;
    }

    /// <summary>Takes all of them off.</summary>
    public IReadOnlyList<IJobRun> TakeAll() => [.. _runs.Keys.Select(Take).OfType<IJobRun>()];

    /// <summary>Completes once there are none. Asked for when no new ones come.</summary>
    public Task WhenDrained()
    {
        var drained = _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        TellIfDrained();
        return drained.Task;
    }

    private void TellIfDrained()
    {
        if (_drained is { } drained && _runs.IsEmpty)
        {
            drained.TrySetResult();
        }
    }
}
