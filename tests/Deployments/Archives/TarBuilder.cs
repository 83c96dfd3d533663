using System.IO.Compression;
using System.Text;

namespace RootCx.Tests.Deployments.Archives;

/// <summary>Writes tar archives header by header, also such as no tar program would write.</summary>
internal sealed class TarBuilder
{
    private const int BlockSize = 512;

    private readonly List<byte[]> _parts = [];

    public static byte[] Noise(int seed, int length)
    {
        byte[] noise = new byte[length];
        new Random(seed).NextBytes(noise);
        return noise;
    }

    public static byte[] Gzip(byte[] data)
    {
        if (data.Length == 0)
        {
            // GZipStream would write nothing at all.
            return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        }

        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(data);
        }

        return packed.ToArray();
    }

    public TarBuilder File(string name, string content = "content", int mode = 0b110_100_100) =>
        Entry(name, '0', Encoding.UTF8.GetBytes(content), mode: mode);

    public TarBuilder File(string name, byte[] content) => Entry(name, '0', content);

    public TarBuilder Directory(string name, int mode = 0b111_101_101) => Entry(name, '5', mode: mode);

    public TarBuilder SymbolicLink(string name, string target) => Entry(name, '2', link: target);

    public TarBuilder HardLink(string name, string target) => Entry(name, '1', link: target);

    /// <summary>GNU's long name (L) or long link target (K) for the next entry.</summary>
    public TarBuilder GnuLong(char type, string text) => Entry("././@LongLink", type, Encoding.UTF8.GetBytes(text + "\0"), gnu: true);

    /// <summary>PAX attributes for the next entry (x) or for all (g).</summary>
    public TarBuilder Pax(char type, params (string Key, string Value)[] attributes)
    {
        var records = new List<byte>();
        foreach ((string key, string value) in attributes)
        {
            byte[] body = Encoding.UTF8.GetBytes($" {key}={value}\n");
            int length = body.Length + 1;
            while (length != body.Length + length.ToString().Length)
            {
                length = body.Length + length.ToString().Length;
            }

            records.AddRange(Encoding.UTF8.GetBytes(length.ToString()));
            records.AddRange(body);
        }

        return Entry("PaxHeaders/entry", type, [.. records]);
    }

    /// <summary>Any entry. The tweak changes the finished header; the checksum is made afterwards.</summary>
    public TarBuilder Entry(
        string name, char type, byte[]? content = null, string link = "", int mode = 0b110_100_100, bool gnu = false, Action<byte[]>? tweak = null)
    {
        byte[] header = new byte[BlockSize];
        Put(header, 0, name);
        Put(header, 100, Octal(mode, 7));
        Put(header, 108, Octal(1000, 7));
        Put(header, 116, Octal(1000, 7));
        Put(header, 124, Octal(content?.Length ?? 0, 11));
        Put(header, 136, Octal(1_700_000_000, 11));
        header[156] = (byte)type;
        Put(header, 157, link);
        Put(header, 257, gnu ? "ustar  \0" : "ustar\000");
        tweak?.Invoke(header);
        Seal(header);
        return Raw(header).Raw(content ?? []).Raw(new byte[(BlockSize - ((content?.Length ?? 0) % BlockSize)) % BlockSize]);
    }

    public TarBuilder Raw(byte[] bytes)
    {
        _parts.Add(bytes);
        return this;
    }

    /// <summary>The archive without compression, by default with the two empty blocks at its end.</summary>
    public byte[] ToTar(bool withEnd = true)
    {
        using var tar = new MemoryStream();
        _parts.ForEach(part => tar.Write(part));
        tar.Write(new byte[withEnd ? 2 * BlockSize : 0]);
        return tar.ToArray();
    }

    public byte[] ToGzip() => Gzip(ToTar());

    public static void Put(byte[] header, int offset, string text) => Encoding.UTF8.GetBytes(text).CopyTo(header, offset);

    /// <summary>Gives every block that looks like a header the checksum it should have.</summary>
    public static byte[] Resealed(byte[] tar)
    {
        byte[] sealedTar = [.. tar];
        for (int at = 0; at + BlockSize <= tar.Length; at += BlockSize)
        {
            byte[] block = tar[at..(at + BlockSize)];
            if (block.AsSpan(257, 4).SequenceEqual("usta"u8))
            {
                Seal(block);
                block.CopyTo(sealedTar, at);
            }
        }

        return sealedTar;
    }

    private static string Octal(long value, int digits) => Convert.ToString(value, 8).PadLeft(digits, '0');

    private static void Seal(byte[] header)
    {
        Put(header, 148, "        ");
        Put(header, 148, Octal(header.Sum(b => b), 6) + "\0 ");
    }
}
