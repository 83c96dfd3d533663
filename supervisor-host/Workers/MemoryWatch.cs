using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using RootCx.Core.Loops;

namespace RootCx.SupervisorHost.Workers;

/// <summary>Ends workers that use more memory than they may. All are looked at in one go: a timer for each would cost more than looking.</summary>
public sealed class MemoryWatch : IAsyncDisposable
{
    private readonly ConcurrentDictionary<WorkerProcess, Action<long>> _workers = new();
    private readonly WorkerOptions _options;
    private readonly WorkLoop _loop;

    /// <summary>Watches nothing yet.</summary>
    public MemoryWatch(IOptions<WorkerOptions> options, TimeProvider time, ILogger<MemoryWatch> logger)
    {
        _options = options.Value;
        _loop = new WorkLoop("Memory of workers", CheckAsync, time, logger);
    }

    /// <summary>Watches a worker until it is gone.</summary>
    /// <param name="worker">A process that runs.</param>
    /// <param name="exceeded">Is told how many bytes it uses, once, when that is more than it may.</param>
    public void Watch(WorkerProcess worker, Action<long> exceeded)
    {
        _workers[worker] = exceeded;
        _loop.Start();
    }

    /// <summary>Looks at it no more.</summary>
    public void Forget(WorkerProcess worker) => _workers.TryRemove(worker, out _);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private Task<TimeSpan> CheckAsync(CancellationToken cancellationToken)
    {
        foreach (var (worker, exceeded) in _workers)
        {
            var used = worker.MemoryBytes;
            if (used > _options.MemoryBytes && _workers.TryRemove(worker, out _))
            {
                exceeded(used);
            }
        }

        return Task.FromResult(_options.MemoryCheck);
    }
}
