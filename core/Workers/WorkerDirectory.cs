using RootCx.Core.Doorbells;

namespace RootCx.Core.Workers;

/// <summary>Where each app's worker runs, remembered by this process so that a call costs no query.</summary>
public sealed class WorkerDirectory(WorkerStore store, DoorbellListener listener, TimeProvider time) : IDisposable
{
    private const int Most = 100_000;

    private static readonly TimeSpan Age = TimeSpan.FromSeconds(2);

    private readonly DoorbellCache<WorkerState> _workers = new(listener, Topics.Workers, Age, Most, time, store.FindAsync);

    /// <summary>The app's worker, or null if no such app was ever deployed.</summary>
    public ValueTask<WorkerState?> FindAsync(string appId, CancellationToken cancellationToken) => _workers.FindAsync(appId, cancellationToken);

    /// <inheritdoc />
    public void Dispose() => _workers.Dispose();
}
