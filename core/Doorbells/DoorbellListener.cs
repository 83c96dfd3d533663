using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Npgsql;
using RootCx.Core.Loops;

namespace RootCx.Core.Doorbells;

/// <summary>
/// Hears the rings of <see cref="Doorbell"/> on one dedicated connection. After every (re)connect each subscriber is called once with an empty
/// payload, because rings may have been missed: that call means "look at everything".
/// </summary>
public sealed partial class DoorbellListener : IAsyncDisposable
{
    // A quiet connection is checked this often, so that a half-open one is noticed.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Reconnect = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, ImmutableArray<Action<string>>> _subscribers = new();
    private readonly NpgsqlDataSource _database;
    private readonly ILogger _logger;
    private readonly WorkLoop _loop;
    private volatile CancellationTokenSource _changed = new();
    private volatile bool _hearing;

    /// <summary>Starts listening once the first topic is subscribed to.</summary>
    public DoorbellListener(NpgsqlDataSource database, TimeProvider time, ILogger<DoorbellListener> logger)
    {
        _database = database;
        _logger = logger;
        _loop = new WorkLoop("Doorbell listener", ListenAsync, time, logger);
    }

    /// <summary>Whether rings are heard at the moment, as far as is known: a connection that is cut without a word is noticed within half a minute.</summary>
    public bool IsHearing => _hearing;

    /// <summary>Calls <paramref name="heard"/> for each ring of <paramref name="topic"/>, on the listener's thread: it must be quick and not throw.</summary>
    /// <returns>Ends the subscription when disposed.</returns>
    public IDisposable Subscribe(string topic, Action<string> heard)
    {
        _subscribers.AddOrUpdate(topic, [heard], (_, present) => present.Add(heard));
        _changed.Cancel();
        _loop.Start();
        return new Subscription(() => _subscribers.AddOrUpdate(topic, [], (_, present) => present.Remove(heard)));
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private async Task<TimeSpan> ListenAsync(CancellationToken cancellationToken)
    {
        var listening = new HashSet<string>();
        try
        {
            await ListenAsync(listening, cancellationToken);
        }
        catch (NpgsqlException exception) when (listening.Count > 0)
        {
            // It worked until now, so this is the first fault of its kind and not one of a row.
            Log.ConnectionLost(_logger, exception);
        }
        finally
        {
            _hearing = false;
        }

        return Reconnect;
    }

    private async Task ListenAsync(HashSet<string> listening, CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken);
        connection.Notification += (_, notification) => Tell(notification.Channel, notification.Payload);
        while (true)
        {
            var changed = new CancellationTokenSource();
            _changed = changed;
            foreach (var topic in _subscribers.Keys.Where(listening.Add))
            {
                await using var listen = new NpgsqlCommand($"listen \"{topic}\"", connection);
                await listen.ExecuteNonQueryAsync(cancellationToken);
                Tell(topic, "");
            }

            _hearing = true;
            using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, changed.Token);
            try
            {
                if (!await connection.WaitAsync(Quiet, wait.Token))
                {
                    await using var check = new NpgsqlCommand("select 1", connection);
                    await check.ExecuteNonQueryAsync(cancellationToken);
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // A topic was added.
            }
        }
    }

    private void Tell(string topic, string payload)
    {
        if (_subscribers.TryGetValue(topic, out var subscribers))
        {
            foreach (var subscriber in subscribers)
            {
                subscriber(payload);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1301, LogLevel.Warning, "The connection that doorbells are heard on was lost; listening anew")]
        public static partial void ConnectionLost(ILogger logger, Exception exception);
    }

    private sealed class Subscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
