using System.Security.Cryptography;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Options;
using RootCx.Core.Frontends;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Frontends;

/// <summary>Bundles, and what is kept of them in memory.</summary>
public sealed class FrontendCacheTests(PlatformStack stack)
{
    private readonly ReadCounter _reads = new();

    [Fact]
    public async Task However_many_ask_at_once_a_file_and_an_index_are_read_once()
    {
        var bundles = Bundles();
        var bundle = await WrittenAsync(bundles, "0123456789"u8.ToArray());
        using var cache = new FrontendCache(bundles, Options.Create(new FrontendOptions()));
        var files = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => cache.ReadAsync(bundle, new BlobExtent(2, 3), TestContext.Current.CancellationToken).AsTask()));
        Assert.All(files, file => Assert.Equal("234"u8.ToArray(), file));
        Assert.Equal(1, _reads.Count);
        var indexes = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => cache.IndexAsync(bundle, TestContext.Current.CancellationToken).AsTask()));
        Assert.All(indexes, index => Assert.Same(indexes[0], index));
        Assert.Equal(2, _reads.Count);
    }

    [Fact]
    public async Task What_is_not_there_is_not_remembered_and_what_is_deleted_is_not_there()
    {
        var bundles = Bundles();
        using var cache = new FrontendCache(bundles, Options.Create(new FrontendOptions()));
        var bundle = FrontendBundles.NewName(App.NewId());
        Assert.Null(await cache.IndexAsync(bundle, TestContext.Current.CancellationToken));
        Assert.Null(await cache.ReadAsync(bundle, new BlobExtent(0, 1), TestContext.Current.CancellationToken));
        Assert.Null(await bundles.OpenAsync(bundle, new BlobExtent(0, 1), TestContext.Current.CancellationToken));
        await WrittenAsync(bundles, "0123456789"u8.ToArray(), bundle);
        Assert.NotNull(await cache.IndexAsync(bundle, TestContext.Current.CancellationToken));

        await bundles.DeleteAsync(bundle, TestContext.Current.CancellationToken);
        await bundles.DeleteAsync(bundle, TestContext.Current.CancellationToken);
        Assert.Null(await bundles.ReadIndexAsync(bundle, TestContext.Current.CancellationToken));
        Assert.Null(await bundles.ReadAsync(bundle, new BlobExtent(0, 1), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task More_than_fits_is_read_again_and_served_all_the_same()
    {
        var bundles = Bundles();
        var bundle = await WrittenAsync(bundles, new byte[4_000_000]);
        using var cache = new FrontendCache(bundles, Options.Create(new FrontendOptions { CacheBytes = 1024 * 1024 }));
        for (var i = 0; i < 40; i++)
        {
            Assert.Equal(100_000, (await cache.ReadAsync(bundle, new BlobExtent(i * 100_000, 100_000), TestContext.Current.CancellationToken))!.Length);
        }

        Assert.Equal(40, _reads.Count);
        Assert.Equal(2_000_000, (await cache.ReadAsync(bundle, new BlobExtent(0, 2_000_000), TestContext.Current.CancellationToken))!.Length);
    }

    [Fact]
    public async Task All_bundles_are_listed_with_the_time_of_their_last_writing()
    {
        var bundles = Bundles();
        var before = DateTimeOffset.UtcNow.AddMinutes(-1);
        var (one, other) = (await WrittenAsync(bundles, [1]), await WrittenAsync(bundles, [2]));
        var listed = new List<string>();
        await foreach (var (bundle, lastModified) in bundles.ListAsync(prefix: "", TestContext.Current.CancellationToken))
        {
            listed.Add(bundle);
            Assert.True(bundle != one || lastModified > before, "its time is not that of its writing");
        }

        Assert.Contains(one, listed);
        Assert.Contains(other, listed);
        Assert.Equal(listed.Count, listed.Distinct().Count());
    }

    private FrontendBundles Bundles()
    {
        var options = new BlobClientOptions();
        options.AddPolicy(_reads, HttpPipelinePosition.PerCall);
        return new FrontendBundles(new BlobServiceClient(stack.Own.Description.Storage, options));
    }

    private static async Task<string> WrittenAsync(FrontendBundles bundles, byte[] content, string? bundle = null)
    {
        bundle ??= FrontendBundles.NewName(App.NewId());
        await bundles.WriteAsync(
            bundle,
            async stream =>
            {
                await stream.WriteAsync(content, TestContext.Current.CancellationToken);
                return FrontendIndex.Write([new PackedFile("a", "text/plain", SHA256.HashData(content), content.Length, 0, 0)]);
            },
            TestContext.Current.CancellationToken);
        return bundle;
    }

    private sealed class ReadCounter : HttpPipelineSynchronousPolicy
    {
        private int _count;

        public int Count => _count;

        public override void OnSendingRequest(HttpMessage message)
        {
            if (message.Request.Method == RequestMethod.Get)
            {
                Interlocked.Increment(ref _count);
            }
        }
    }
}
