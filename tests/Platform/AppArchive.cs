using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace RootCx.Tests.Platform;

/// <summary>Packs apps as <c>tar -czf app.tar.gz .</c> does: entries start with <c>./</c>.</summary>
internal static class AppArchive
{
    /// <summary>An app of one file, <c>index.ts</c>.</summary>
    public static byte[] Of(string source) => Of(("index.ts", source));

    /// <summary>An app of several files.</summary>
    public static byte[] Of(params (string Path, string Content)[] files)
    {
        using var archive = new MemoryStream();
        using (var gzip = new GZipStream(archive, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Pax))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.Directory, "./"));
            foreach (var (path, content) in files)
            {
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, $"./{path}") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)) });
            }
        }

        return archive.ToArray();
    }
}
