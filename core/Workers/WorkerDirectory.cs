using System.Collections.Concurrent;
using RootCx.Core.Doorbells;

namespace RootCx.Core.Workers;

/// <summary>
/// Where each app's worker runs, remembered by this process so that a call costs no query. An entry is dropped when the app's doorbell rings
/// and after <see cref="Age"/> in any case. Apps that don't exist are not remembered.
/// </summary>
public sealed class WorkerDirectory : IDisposable
{
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, Entry> _entries = new();
    private readonly WorkerStore _store;
    private readonly TimeProvider _time;
    private readonly IDisposable _bell;
    private long _epoch;

    /// <summary>Listens for changes from now on.</summary>
    public WorkerDirectory(WorkerStore store, DoorbellListener listener, TimeProvider time)
    {
        _store = store;
        _time = time;
        _bell = listener.Subscribe(Topics.Workers, Forget);
    }

    /// <summary>The app's worker, or null if no such app was ever deployed.</summary>
    public async ValueTask<WorkerState?> FindAsync(string appId, CancellationToken cancellationToken)
    {
        if (_entries.TryGetValue(appId, out var entry) && _time.GetElapsedTime(entry.ReadAt) < Age)
        {
            return entry.State;
        }

        var epoch = Interlocked.Read(ref _epoch);
        var readAt = _time.GetTimestamp();
        var state = await _store.FindAsync(appId, cancellationToken);
        if (state is not null && epoch == Interlocked.Read(ref _epoch))
        {
            _entries[appId] = new Entry(state, readAt);
        }

        return state;
    }

    /// <inheritdoc />
    public void Dispose() => _bell.Dispose();

    private void Forget(string appId)
    {
        Interlocked.Increment(ref _epoch); // what is being read at this moment may be older than the ring
        if (appId.Length == 0)
        {
            _entries.Clear();
        }
        else
        {
            _entries.TryRemove(appId, out _);
        }
    }

    private sealed record Entry(WorkerState State, long ReadAt);
}
