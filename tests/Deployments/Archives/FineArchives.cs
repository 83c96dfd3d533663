using System.Text;

namespace RootCx.Tests.Deployments.Archives;

/// <summary>Archives that unpack, each with the tree that must be there afterwards.</summary>
internal static class FineArchives
{
    private static readonly string DeepPath = HostileArchives.LongPath(1000);

    public static IReadOnlyDictionary<string, (byte[] Archive, string[] Tree)> All { get; } = new Dictionary<string, (byte[], string[])>
    {
        ["empty tar"] = (new TarBuilder().ToGzip(), []),
        ["gzip of nothing"] = (TarBuilder.Gzip([]), []),
        ["no end mark"] = (TarBuilder.Gzip(new TarBuilder().File("a").ToTar(withEnd: false)), ["a"]),
        ["as tar -C writes it"] = (new TarBuilder().Directory("./").File("./index.ts").Directory("./src/").File("./src/a.ts").ToGzip(),
            ["index.ts", "src/", "src/a.ts"]),
        ["directories without entries"] = (new TarBuilder().File("a/b//c/./d").ToGzip(), ["a/", "a/b/", "a/b/c/", "a/b/c/d"]),
        ["directory after its content"] = (new TarBuilder().File("a/b").Directory("a/").Directory("a").ToGzip(), ["a/", "a/b"]),
        ["directory by a slash"] = (new TarBuilder().Entry("a/", '\0').Entry("b/", '0').ToGzip(), ["a/", "b/"]),
        ["V7"] = (new TarBuilder().Entry("a", '\0', "x"u8.ToArray(), tweak: header => header.AsSpan(257).Clear()).ToGzip(), ["a"]),
        ["contiguous file"] = (new TarBuilder().Entry("a", '7', "x"u8.ToArray()).ToGzip(), ["a"]),
        ["ustar prefix"] = (new TarBuilder().Entry("b", '0', tweak: header => TarBuilder.Put(header, 345, "a")).ToGzip(), ["a/", "a/b"]),
        ["AppleDouble"] = (
            new TarBuilder().File("._index.ts").File("index.ts").File("./._.").File("a/._b", TarBuilder.Noise(2, 3000)).Directory("._d").File("._d/e").ToGzip(),
            ["index.ts"]),
        ["PAX attributes of bsdtar"] = (
            new TarBuilder()
                .Pax('x', ("LIBARCHIVE.xattr.com.apple.provenance", "AQAAI7kqUzu8r1A"), ("SCHILY.xattr.com.apple.provenance", "\u0001\u0002"), ("mtime", "1700000000.25"))
                .File("a").ToGzip(), ["a"]),
        ["PAX path"] = (new TarBuilder().Pax('x', ("path", "über/日本")).File("x").ToGzip(), ["über/", "über/日本"]),
        ["PAX size"] = (new TarBuilder().Pax('x', ("size", "7")).File("a").File("b").ToGzip(), ["a", "b"]),
        ["global PAX attributes"] = (new TarBuilder().Pax('g', ("comment", "0123456789abcdef")).File("a").ToGzip(), ["a"]),
        ["global PAX path is not applied"] = (new TarBuilder().Pax('g', ("path", "../evil")).File("a").ToGzip(), ["a"]),
        ["GNU long name"] = (new TarBuilder().GnuLong('L', "dir/" + new string('n', 200)).Entry("cut", '0', gnu: true).ToGzip(),
            ["dir/", "dir/" + new string('n', 200)]),
        ["GNU long name ends at NUL"] = (new TarBuilder().GnuLong('L', "a\0/../../b").Entry("cut", '0', gnu: true).ToGzip(), ["a"]),
        ["PAX time out of range"] = (new TarBuilder().Pax('x', ("mtime", "1e300")).File("a").Pax('x', ("mtime", "-1e300")).File("b").ToGzip(), ["a", "b"]),
        ["UTF-8 name"] = (new TarBuilder().File("naïve.ts").ToGzip(), ["naïve.ts"]),
        ["names that only look odd"] = (new TarBuilder().File("..a").File("a..").File("...").File("a b").File("-rf").File(".env").ToGzip(),
            ["-rf", "...", "..a", ".env", "a b", "a.."]),
        ["path of 1,000 bytes"] = (new TarBuilder().Pax('x', ("path", DeepPath)).File("x").ToGzip(),
            [.. Enumerable.Range(0, 99).Select(i => string.Concat(Enumerable.Repeat("segment89/", i + 1))), DeepPath]),
        ["same file twice"] = (
            new TarBuilder().File("noise", TarBuilder.Noise(3, 300_000)).File("noise", TarBuilder.Noise(3, 300_000)).ToGzip(), ["noise"]),
        ["symlinks inside"] = (
            new TarBuilder().File("lib/a.ts").SymbolicLink("index.ts", "lib/a.ts").SymbolicLink("lib/up", "../index.ts").SymbolicLink("lib/up", "./../index.ts").ToGzip(),
            ["index.ts", "lib/", "lib/a.ts", "lib/up"]),
        ["symlink to nothing yet"] = (new TarBuilder().SymbolicLink("link", "later").ToGzip(), ["link"]),
        ["symlink to itself"] = (new TarBuilder().SymbolicLink("link", "link").SymbolicLink("here", ".").ToGzip(), ["here", "link"]),
        ["hard links inside"] = (
            new TarBuilder().File("a/b").HardLink("c", "./a/b").HardLink("c", "a/b").SymbolicLink("d", "a/b").HardLink("a/e", "d").HardLink("c", "c").ToGzip(),
            ["a/", "a/b", "a/e", "c", "d"]),
        ["gzip in several members"] = (Members(), ["a", "noise"]),
        ["gzip followed by garbage"] = ([.. new TarBuilder().File("a").ToGzip(), .. Encoding.UTF8.GetBytes("garbage")], ["a"]),
        ["tar followed by garbage"] = (TarBuilder.Gzip([.. new TarBuilder().File("a").ToTar(), .. TarBuilder.Noise(4, 20_000)]), ["a"]),
        ["tar followed by a bomb"] = (TarBuilder.Gzip([.. new TarBuilder().File("a").ToTar(), .. new byte[50_000_000]]), ["a"]),
    };

    private static byte[] Members()
    {
        byte[] tar = new TarBuilder().File("a").File("noise", TarBuilder.Noise(5, 100_000)).ToTar();
        return [.. TarBuilder.Gzip(tar[..700]), .. TarBuilder.Gzip([]), .. TarBuilder.Gzip(tar[700..60_000]), .. TarBuilder.Gzip(tar[60_000..])];
    }
}
