using RootCx.Core.Database;
using RootCx.Core.Doorbells;

namespace RootCx.Core.Workers;

/// <summary>
/// Where each app's worker runs, remembered by this process so that a call costs no query. An entry is dropped when the app's doorbell rings, and after
/// two seconds in any case. That an app can't be called is never remembered: whoever was just told that it can would be refused.
/// </summary>
public sealed class WorkerDirectory : IDisposable
{
    private const int Most = 100_000;

    private static readonly TimeSpan Age = TimeSpan.FromSeconds(2);

    private readonly RowCache<string, WorkerState> _workers;
    private readonly IDisposable _bell;

    /// <summary>Listens for changes from now on.</summary>
    public WorkerDirectory(WorkerStore store, DoorbellListener listener, TimeProvider time)
    {
        _workers = new RowCache<string, WorkerState>(() => Age, Most, time, store.FindAsync, worker => worker.LiveVersion is not null && worker.Hosts.Any());
        _bell = listener.Subscribe(Topics.Workers, Forget);
    }

    /// <summary>The app's worker, or null if no such app was ever deployed or installed.</summary>
    public ValueTask<WorkerState?> FindAsync(string appId, CancellationToken cancellationToken) => _workers.FindAsync(appId, cancellationToken);

    /// <inheritdoc />
    public void Dispose() => _bell.Dispose();

    private void Forget(string appId)
    {
        if (appId.Length == 0)
        {
            _workers.Clear(); // rings may have been missed
        }
        else
        {
            _workers.Forget(appId);
        }
    }
}
