using System.Collections.Frozen;
using System.Text;

namespace RootCx.Core.Frontends;

/// <summary>
/// The files of a front end and where their bytes are. Written down as: a version; the content types; then for each file, in the order of the content, its path, the number of its
/// type, half of the SHA-256 of its content, and how many bytes stand in the content as they are, as Brotli and as gzip, one after the other.
/// </summary>
public sealed class FrontendIndex
{
    /// <summary>Bytes of a content's hash that are kept: enough to tell it from any other.</summary>
    public const int HashBytes = 16;

    private const byte Version = 1;
    private const int ObjectBytes = 256; // what a file takes in memory besides its path, about

    private readonly FrozenDictionary<string, FrontendFile> _files;

    private FrontendIndex(IEnumerable<FrontendFile> files)
    {
        _files = files.ToFrozenDictionary(file => file.Path, StringComparer.Ordinal);
        MemoryBytes = ObjectBytes + _files.Keys.Sum(path => ObjectBytes + (2L * path.Length));
    }

    /// <summary>About what it takes in memory.</summary>
    public long MemoryBytes { get; }

    /// <summary>All files, in no order.</summary>
    public IEnumerable<FrontendFile> Files => _files.Values;

    /// <summary>The file of that path, its case included, or null.</summary>
    public FrontendFile? Find(string path) => _files.GetValueOrDefault(path);

    /// <summary>Writes the index of <paramref name="files"/>.</summary>
    public static byte[] Write(IReadOnlyList<PackedFile> files)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        var types = files.Select(file => file.ContentType).Distinct().ToList();
        writer.Write(Version);
        writer.Write7BitEncodedInt(types.Count);
        types.ForEach(writer.Write);
        writer.Write7BitEncodedInt(files.Count);
        foreach (var file in files)
        {
            writer.Write(file.Path);
            writer.Write7BitEncodedInt(types.IndexOf(file.ContentType));
            writer.Write(file.Hash.AsSpan(0, HashBytes));
            writer.Write7BitEncodedInt64(file.Identity);
            writer.Write7BitEncodedInt64(file.Brotli);
            writer.Write7BitEncodedInt64(file.Gzip);
        }

        writer.Flush();
        return bytes.ToArray();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It was written by something else.</exception>
    public static FrontendIndex Read(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes, writable: false), Encoding.UTF8);
        if (reader.ReadByte() is var version and not Version)
        {
            throw new InvalidDataException($"An index of version {version}; known is {Version}.");
        }

        var types = new string[reader.Read7BitEncodedInt()];
        for (var i = 0; i < types.Length; i++)
        {
            types[i] = reader.ReadString();
        }

        var files = new FrontendFile[reader.Read7BitEncodedInt()];
        var offset = 0L;
        for (var i = 0; i < files.Length; i++)
        {
            files[i] = new FrontendFile(
                reader.ReadString(), types[reader.Read7BitEncodedInt()], Convert.ToHexStringLower(reader.ReadBytes(HashBytes)), Next(), Variant(), Variant());
        }

        return new FrontendIndex(files);

        BlobExtent Next()
        {
            var extent = new BlobExtent(offset, reader.Read7BitEncodedInt64());
            offset += extent.Length;
            return extent;
        }

        BlobExtent? Variant() => Next() is { Length: > 0 } variant ? variant : null;
    }
}
