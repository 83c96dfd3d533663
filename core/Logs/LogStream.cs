using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RootCx.Core.Doorbells;

namespace RootCx.Core.Logs;

/// <summary>Follows apps' logs as they grow. However many follow an app, its log is read once; one that is slow holds up nobody else.</summary>
public sealed class LogStream(
    LogReader reader, DoorbellListener listener, IOptions<LogOptions> options, TimeProvider time, ILogger<LogStream> logger) : IAsyncDisposable
{
    private static readonly IReadOnlyList<LogEntry> SignOfLife = [];

    private readonly Lock _gate = new();
    private readonly Dictionary<string, LogFeed> _feeds = [];

    /// <summary>
    /// The lines after <paramref name="afterId"/> as they come, some at a time; none at all when it is time for a sign of life. Ends by itself after
    /// <see cref="LogOptions.StreamLifetime"/>, so that the client can resume after the last id it saw.
    /// </summary>
    public async IAsyncEnumerable<IReadOnlyList<LogEntry>> FollowAsync(
        string appId, long afterId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var lifetime = new CancellationTokenSource(options.Value.StreamLifetime, time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.Token);
        var (feed, follower) = Join(appId);
        try
        {
            while (!feed.Begun.IsCompleted && !lifetime.IsCancellationRequested)
            {
                await feed.Begun.WaitAsync(options.Value.KeepAlive, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
                if (!feed.Begun.IsCompleted)
                {
                    yield return SignOfLife;
                }
            }

            var behind = true; // what is there already is read first
            while (!lifetime.IsCancellationRequested)
            {
                if (behind)
                {
                    var page = await reader.AfterAsync(appId, afterId, cancellationToken);
                    behind = page.Count == LogReader.Most;
                    if (page is [.., var last])
                    {
                        afterId = last.Id;
                        yield return page;
                    }
                }
                else if (follower.TryTake(out var page))
                {
                    if (page[^1].Id > afterId)
                    {
                        var news = page[0].Id > afterId ? page : [.. page.Where(entry => entry.Id > afterId)];
                        afterId = page[^1].Id;
                        yield return news;
                    }
                }
                else if (follower.FellBehind())
                {
                    behind = true;
                }
                else if (!await follower.WaitAsync(options.Value.KeepAlive, time, over.Token))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    yield return SignOfLife;
                }
            }
        }
        finally
        {
            await LeaveAsync(appId, feed, follower);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        List<LogFeed> feeds;
        lock (_gate)
        {
            feeds = [.. _feeds.Values];
            _feeds.Clear();
        }

        foreach (var feed in feeds)
        {
            await feed.DisposeAsync();
        }
    }

    private (LogFeed Feed, LogFeed.Follower Follower) Join(string appId)
    {
        lock (_gate)
        {
            if (!_feeds.TryGetValue(appId, out var feed))
            {
                feed = _feeds[appId] = new LogFeed(appId, reader, listener, time, logger);
            }

            return (feed, feed.Add());
        }
    }

    private async Task LeaveAsync(string appId, LogFeed feed, LogFeed.Follower follower)
    {
        lock (_gate)
        {
            if (!feed.Remove(follower) || !_feeds.Remove(appId))
            {
                return;
            }
        }

        await feed.DisposeAsync();
    }
}
