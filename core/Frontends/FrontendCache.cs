using System.Collections.Concurrent;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace RootCx.Core.Frontends;

/// <summary>
/// Indexes and files of front ends in memory, bounded by their bytes; what was not asked for longest goes first. Bundles don't change, so nothing here goes out of date.
/// However many ask for the same at once, it is read once. Safe for any thread.
/// </summary>
public sealed class FrontendCache(FrontendBundles bundles, IOptions<FrontendOptions> options) : IDisposable
{
    private const long IndexKey = -1; // no file stands there

    private readonly MemoryCache _cache = new(new MemoryCacheOptions { SizeLimit = options.Value.CacheBytes });
    private readonly ConcurrentDictionary<Key, Lazy<Task<object?>>> _loading = new();

    /// <summary>What a bundle has; null if it is not there any more.</summary>
    public async ValueTask<FrontendIndex?> IndexAsync(string bundle, CancellationToken cancellationToken) => (FrontendIndex?)await FindAsync(
        new Key(bundle, IndexKey), async () => await bundles.ReadIndexAsync(bundle, CancellationToken.None), index => ((FrontendIndex)index).MemoryBytes, cancellationToken);

    /// <summary>Whether bytes are so few that they are kept here; others are to be read as a stream.</summary>
    public bool Keeps(BlobExtent extent) => extent.Length <= options.Value.LargestCachedBytes;

    /// <summary>Bytes of a bundle's content; null if the bundle is not there any more.</summary>
    public async ValueTask<byte[]?> ReadAsync(string bundle, BlobExtent extent, CancellationToken cancellationToken) => extent.Length == 0 ? [] : (byte[]?)await FindAsync(
        new Key(bundle, extent.Offset), async () => await bundles.ReadAsync(bundle, extent, CancellationToken.None), bytes => ((byte[])bytes).Length, cancellationToken);

    /// <inheritdoc />
    public void Dispose() => _cache.Dispose();

    private ValueTask<object?> FindAsync(Key key, Func<Task<object?>> load, Func<object, long> sizeOf, CancellationToken cancellationToken)
    {
        if (_cache.TryGetValue(key, out var present))
        {
            return new ValueTask<object?>(present);
        }

        var loading = _loading.GetOrAdd(key, static (key, by) => new Lazy<Task<object?>>(() => by.Cache.LoadAsync(key, by.Load, by.SizeOf)), (Cache: this, Load: load, SizeOf: sizeOf));
        return new ValueTask<object?>(loading.Value.WaitAsync(cancellationToken));
    }

    private async Task<object?> LoadAsync(Key key, Func<Task<object?>> load, Func<object, long> sizeOf)
    {
        try
        {
            if (!_cache.TryGetValue(key, out var value) && (value = await load()) is not null) // another loading may have ended in this moment
            {
                _cache.Set(key, value, new MemoryCacheEntryOptions { Size = sizeOf(value) });
            }

            return value;
        }
        finally
        {
            _loading.TryRemove(key, out _);
        }
    }

    private readonly record struct Key(string Bundle, long Offset);
}
