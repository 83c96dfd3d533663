using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using RootCx.Core.Doorbells;
using RootCx.Core.Loops;

namespace RootCx.Core.Logs;

/// <summary>
/// Reads an app's log as it grows, once for all who follow it in this process, and hands each the new pages. A follower that falls behind loses its
/// pages here, is told so, and reads them from the database.
/// </summary>
internal sealed class LogFeed : IAsyncDisposable
{
    // Pages, each of LogReader.Most lines at most.
    private const int Waiting = 8;

    // For rings that got lost.
    private static readonly TimeSpan LookAnyway = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _appId;
    private readonly LogReader _reader;
    private readonly WorkLoop _loop;
    private readonly IDisposable _bell;
    private ImmutableArray<Follower> _followers = [];
    private long? _last;

    /// <summary>Starts reading at the newest line.</summary>
    public LogFeed(string appId, LogReader reader, DoorbellListener listener, TimeProvider time, ILogger logger)
    {
        _appId = appId;
        _reader = reader;
        _loop = new WorkLoop($"Log of {appId}", ReadAsync, time, logger);
        _bell = listener.Subscribe(Topics.Logs, heard =>
        {
            if (heard.Length == 0 || heard == appId)
            {
                _loop.Wake();
            }
        });
        _loop.Start();
    }

    /// <summary>Completes when every line that is committed later will be handed on.</summary>
    public Task Begun => _begun.Task;

    /// <summary>Adds one who gets the lines from now on.</summary>
    public Follower Add()
    {
        var follower = new Follower();
        ImmutableInterlocked.Update(ref _followers, present => present.Add(follower));
        return follower;
    }

    /// <summary>Takes one off; true when nobody is left.</summary>
    public bool Remove(Follower follower) => ImmutableInterlocked.Update(ref _followers, present => present.Remove(follower)) && _followers.IsEmpty;

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        _bell.Dispose();
        return _loop.DisposeAsync();
    }

    private async Task<TimeSpan> ReadAsync(CancellationToken cancellationToken)
    {
        if (_last is not { } last)
        {
            _last = await _reader.NewestAsync(_appId, cancellationToken);
            _begun.TrySetResult();
            return TimeSpan.Zero;
        }

        var page = await _reader.AfterAsync(_appId, last, cancellationToken);
        if (page is [.., var newest])
        {
            _last = newest.Id;
            foreach (var follower in _followers)
            {
                follower.Offer(page);
            }
        }

        return page.Count == LogReader.Most ? TimeSpan.Zero : LookAnyway;
    }

    /// <summary>One who follows.</summary>
    [SuppressMessage("Design", "CA1001", Justification = "The semaphore has no handle, and a page may be under way when the follower leaves.")]
    internal sealed class Follower
    {
        private readonly Lock _gate = new();
        private readonly Queue<IReadOnlyList<LogEntry>> _pages = new();
        private readonly SemaphoreSlim _some = new(0, 1);
        private bool _behind;

        /// <summary>Waits until there may be a page; false when none came in time.</summary>
        public async Task<bool> WaitAsync(TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
        {
            using var due = new CancellationTokenSource(patience, time);
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, due.Token);
            try
            {
                await _some.WaitAsync(over.Token);
                return true;
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }

        /// <summary>Takes a page, never an empty one; false when there is none.</summary>
        public bool TryTake([MaybeNullWhen(false)] out IReadOnlyList<LogEntry> page)
        {
            lock (_gate)
            {
                return _pages.TryDequeue(out page);
            }
        }

        /// <summary>Whether pages were lost since it was last asked; after the last of them was handed over, those that come are kept again.</summary>
        public bool FellBehind()
        {
            lock (_gate)
            {
                var behind = _behind && _pages.Count == 0;
                _behind &= !behind;
                return behind;
            }
        }

        /// <summary>Adds a page, or notes that it is lost. After the first lost one all are, so that there is no gap between two that are kept.</summary>
        public void Offer(IReadOnlyList<LogEntry> page)
        {
            lock (_gate)
            {
                _behind |= _pages.Count == Waiting;
                if (_behind)
                {
                    return;
                }

                _pages.Enqueue(page);
                if (_some.CurrentCount == 0)
                {
                    _some.Release();
                }
            }
        }
    }
}
