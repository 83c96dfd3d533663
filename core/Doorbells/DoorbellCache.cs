using System.Collections.Concurrent;

namespace RootCx.Core.Doorbells;

/// <summary>
/// What this process remembers of rows that rarely change, so that looking at them costs no query. An entry is dropped when the topic rings for its key (or
/// for all), and once it is older than its age in any case. What is not there is not remembered. However many ask for the same at once, one query is made.
/// </summary>
/// <typeparam name="T">What is remembered; must not be changed.</typeparam>
public sealed class DoorbellCache<T> : IDisposable
    where T : class
{
    private readonly ConcurrentDictionary<string, Entry> _entries = new();
    private readonly TimeSpan _age;
    private readonly int _most;
    private readonly TimeProvider _time;
    private readonly Func<string, CancellationToken, Task<T?>> _load;
    private readonly IDisposable _bell;

    /// <summary>Listens from now on.</summary>
    /// <param name="listener">Hears the rings.</param>
    /// <param name="topic">Whose payload is a key, or empty for all.</param>
    /// <param name="age">How old an entry gets at most.</param>
    /// <param name="most">More entries than this are not kept.</param>
    /// <param name="time">The clock.</param>
    /// <param name="load">Reads what belongs to a key; null if there is nothing.</param>
    public DoorbellCache(
        DoorbellListener listener, string topic, TimeSpan age, int most, TimeProvider time, Func<string, CancellationToken, Task<T?>> load)
    {
        _age = age;
        _most = most;
        _time = time;
        _load = load;
        _bell = listener.Subscribe(topic, Forget);
    }

    /// <summary>What belongs to the key, or null.</summary>
    public ValueTask<T?> FindAsync(string key, CancellationToken cancellationToken)
    {
        if (!_entries.TryGetValue(key, out var entry) || _time.GetElapsedTime(entry.ReadAt) >= _age)
        {
            if (_entries.Count >= _most)
            {
                _entries.Clear();
            }

            // Whoever comes after a ring finds no entry and reads anew; those who wait for an earlier reading asked before it.
            var fresh = new Entry(new Lazy<Task<T?>>(() => _load(key, CancellationToken.None)), _time.GetTimestamp());
            entry = entry is null
                ? _entries.GetOrAdd(key, fresh)
                : _entries.AddOrUpdate(key, fresh, (_, present) => ReferenceEquals(present, entry) ? fresh : present);
        }

        var loading = entry.Loading.Value;
        return loading is { IsCompletedSuccessfully: true, Result: { } value } ? new ValueTask<T?>(value) : new ValueTask<T?>(WaitAsync(key, entry, cancellationToken));
    }

    /// <summary>Drops what is remembered of a key; of all keys if it is empty.</summary>
    public void Forget(string key)
    {
        if (key.Length == 0)
        {
            _entries.Clear();
        }
        else
        {
            _entries.TryRemove(key, out _);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _bell.Dispose();

    private async Task<T?> WaitAsync(string key, Entry entry, CancellationToken cancellationToken)
    {
        T? value = null;
        try
        {
            return value = await entry.Loading.Value.WaitAsync(cancellationToken);
        }
        finally
        {
            if (value is null && entry.Loading.Value.IsCompleted)
            {
                _entries.TryRemove(KeyValuePair.Create(key, entry)); // there is nothing, or it could not be read
            }
        }
    }

    private sealed record Entry(Lazy<Task<T?>> Loading, long ReadAt);
}
