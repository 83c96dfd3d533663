using RootCx.Core.Database;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Database;

public sealed class RowCacheTests
{
    private readonly ManualClock _clock = new();
    private int _read;

    [Fact]
    public async Task A_row_is_read_once_until_it_is_old_or_forgotten()
    {
        var cache = Cache(() => "row");
        Assert.Equal("row", await FindAsync(cache));
        Assert.Equal("row", await FindAsync(cache));
        Assert.Equal(1, _read);

        _clock.Advance(TimeSpan.FromSeconds(2));
        await FindAsync(cache);
        cache.Forget("key");
        await FindAsync(cache);
        Assert.Equal(3, _read);
    }

    [Fact]
    public async Task What_is_not_there_or_may_not_be_remembered_is_read_each_time()
    {
        string?[] rows = [null, "not yet", "not yet", "row", "later"];
        var cache = Cache(() => rows[_read - 1]);
        foreach (var expected in rows[..4])
        {
            Assert.Equal(expected, await FindAsync(cache));
        }

        Assert.Equal("row", await FindAsync(cache));
        Assert.Equal(4, _read);
    }

    private static async Task<string?> FindAsync(RowCache<string, string> cache) => await cache.FindAsync("key", TestContext.Current.CancellationToken);

    private RowCache<string, string> Cache(Func<string?> load) => new(
        () => TimeSpan.FromSeconds(2),
        10,
        _clock,
        async (_, _) =>
        {
            await Task.Yield();
            _read++;
            return load();
        },
        row => row != "not yet");
}
