using System.Security.Cryptography;
using RootCx.Core.Frontends;

namespace RootCx.Tests.Frontends;

public sealed class FrontendIndexTests
{
    [Fact]
    public void What_is_written_is_read()
    {
        var hash = SHA256.HashData("x"u8);
        var index = FrontendIndex.Read(FrontendIndex.Write(
        [
            new PackedFile("a.js", "text/javascript; charset=utf-8", hash, Identity: 1000, Brotli: 200, Gzip: 300),
            new PackedFile("empty", "application/octet-stream", hash, Identity: 0, Brotli: 0, Gzip: 0),
            new PackedFile("ü/日本.css", "text/javascript; charset=utf-8", hash, Identity: 5_000_000_000, Brotli: 0, Gzip: 7),
            new PackedFile("last", "image/png", hash, Identity: 1, Brotli: 0, Gzip: 0),
        ]));
        var tag = Convert.ToHexStringLower(hash)[..32];
        Assert.Equal(4, index.Files.Count());
        Assert.Equal(
            new FrontendFile("a.js", "text/javascript; charset=utf-8", tag, new BlobExtent(0, 1000), new BlobExtent(1000, 200), new BlobExtent(1200, 300)), index.Find("a.js"));
        Assert.Equal(new FrontendFile("empty", "application/octet-stream", tag, new BlobExtent(1500, 0), null, null), index.Find("empty"));
        Assert.Equal(
            new FrontendFile("ü/日本.css", "text/javascript; charset=utf-8", tag, new BlobExtent(1500, 5_000_000_000), null, new BlobExtent(5_000_001_500, 7)), index.Find("ü/日本.css"));
        Assert.Equal(5_000_001_507, index.Find("last")!.Identity.Offset);
        Assert.Null(index.Find("A.js"));
    }

    [Fact]
    public void One_of_nothing_is_fine() => Assert.Empty(FrontendIndex.Read(FrontendIndex.Write([])).Files);

    [Fact]
    public void One_of_another_version_is_not_read() => Assert.Throws<InvalidDataException>(() => FrontendIndex.Read([2, 0, 0]));
}
