using RootCx.Core.Streams;

namespace RootCx.Core.Deployments.Archives;

/// <summary>
/// The archive as it was sent. Counts the bytes read, and remembers whether it was the sender's connection that failed: such a fault
/// says nothing about the archive and must not be reported as one.
/// </summary>
/// <remarks>
/// <see cref="System.IO.Compression.GZipStream"/> takes a file that is cut for one that ends. So one more byte follows the last: after
/// a complete file it is what gzip calls trailing garbage, and the reading stops there. Who asks for yet more was not at the end.
/// </remarks>
internal sealed class CompressedStream : ForwardStream
{
    private static readonly byte[] GzipMark = [0x1F, 0x8B];
    private static readonly byte[] ZipMark = [0x50, 0x4B];

    /// <summary>No mark of another gzip member, nor the last byte of one: that is zero in all members below 16 MiB, 0xFF from 4 GiB on.</summary>
    private const byte Garbage = 0xFF;

    private readonly Stream _source;
    private ReadOnlyMemory<byte> _start;

    private CompressedStream(Stream source) => _source = source;

    /// <summary>Bytes handed on so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Whether the last byte has been read and what follows it.</summary>
    public bool Ended { get; private set; }

    /// <summary>Whether reading the source threw.</summary>
    public bool Faulted { get; private set; }

    /// <summary>Looks at the first bytes.</summary>
    /// <exception cref="ArchiveException">There are none, or they are not a gzip file's.</exception>
    public static async Task<CompressedStream> OpenAsync(Stream source, CancellationToken cancellationToken)
    {
        byte[] start = new byte[GzipMark.Length];
        int read = await source.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        if (read == 0)
        {
            throw new ArchiveException("empty archive");
        }

        if (!start.AsSpan(0, read).SequenceEqual(GzipMark))
        {
            bool isZip = start.AsSpan(0, read).SequenceEqual(ZipMark);
            throw ArchiveException.Unreadable("not a gzip file" + (isZip ? " (it looks like a zip archive)" : ""));
        }

        return new CompressedStream(source) { _start = start };
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = Math.Min(_start.Length, buffer.Length);
        if (read > 0)
        {
            _start[..read].CopyTo(buffer);
            _start = _start[read..];
        }
        else
        {
            try
            {
                read = await _source.ReadAsync(buffer, cancellationToken);
            }
            catch
            {
                Faulted = true;
                throw;
            }
        }

        BytesRead += read;
        return read > 0 || buffer.IsEmpty ? read : End(buffer.Span);
    }

    private int End(Span<byte> buffer)
    {
        if (Ended)
        {
            throw ArchiveException.Truncated();
        }

        Ended = true;
        buffer[0] = Garbage;
        return 1;
    }
}
