using System.Collections.Concurrent;

namespace RootCx.Core.Database;

/// <summary>
/// What this process remembers of rows that rarely change, so that looking at them costs no query. What is not there is not remembered. However many ask
/// for the same at once, one query is made.
/// </summary>
/// <typeparam name="TKey">What rows are asked for by.</typeparam>
/// <typeparam name="TRow">What is remembered; must not be changed.</typeparam>
/// <param name="age">How old an entry may be at the moment.</param>
/// <param name="most">More entries than this are not kept.</param>
/// <param name="time">The clock.</param>
/// <param name="load">Reads what belongs to a key; null if there is nothing.</param>
/// <param name="keep">Whether a row may be remembered; all are when this is null.</param>
public sealed class RowCache<TKey, TRow>(Func<TimeSpan> age, int most, TimeProvider time, Func<TKey, CancellationToken, Task<TRow?>> load, Predicate<TRow>? keep = null)
    where TKey : notnull
    where TRow : class
{
    private readonly ConcurrentDictionary<TKey, Entry> _entries = new();

    /// <summary>What belongs to the key, or null.</summary>
    public ValueTask<TRow?> FindAsync(TKey key, CancellationToken cancellationToken)
    {
        if (!_entries.TryGetValue(key, out var entry) || time.GetElapsedTime(entry.ReadAt) >= age() || IsOfOneReading(entry))
        {
            if (_entries.Count > most)
            {
                _entries.Clear();
            }

            // Whoever comes after an entry was forgotten reads anew; those who wait for an earlier reading asked before.
            var fresh = new Entry(new Lazy<Task<TRow?>>(() => load(key, CancellationToken.None)), time.GetTimestamp());
            entry = entry is null
                ? _entries.GetOrAdd(key, fresh)
                : _entries.AddOrUpdate(key, fresh, (_, present) => ReferenceEquals(present, entry) ? fresh : present);
        }

        var loading = entry.Loading.Value;
        return loading is { IsCompletedSuccessfully: true, Result: { } row } ? new ValueTask<TRow?>(row) : new ValueTask<TRow?>(WaitAsync(key, entry, cancellationToken));
    }

    /// <summary>Forgets what belongs to a key.</summary>
    public void Forget(TKey key) => _entries.TryRemove(key, out _);

    /// <summary>Forgets everything.</summary>
    public void Clear() => _entries.Clear();

    // What may not be remembered is for those who asked before it was read.
    private bool IsOfOneReading(Entry entry) =>
        keep is not null && entry.Loading is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true, Result: { } row } } && !keep(row);

    private async Task<TRow?> WaitAsync(TKey key, Entry entry, CancellationToken cancellationToken)
    {
        TRow? row = null;
        try
        {
            return row = await entry.Loading.Value.WaitAsync(cancellationToken);
        }
        finally
        {
            if (row is null && entry.Loading.Value.IsCompleted)
            {
                _entries.TryRemove(KeyValuePair.Create(key, entry)); // there is nothing, or it could not be read
            }
        }
    }

    private sealed record Entry(Lazy<Task<TRow?>> Loading, long ReadAt);
}
