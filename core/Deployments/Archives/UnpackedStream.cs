using System.IO.Compression;
using RootCx.Core.Streams;

namespace RootCx.Core.Deployments.Archives;

/// <summary>
/// The tar stream inside the gzip file. Spends the budget while it unpacks, and looks at each header before the
/// tar reader does, because that reader verifies no checksum and allocates whatever size an extended header claims to have.
/// </summary>
internal sealed class UnpackedStream(CompressedStream compressed, UnpackBudget budget, ArchiveLimits limits) : ForwardStream
{
    /// <summary>
    /// Bytes read after the end-of-archive mark, to get past its padding to the gzip checksum. What lies beyond may be anything and
    /// stays packed.
    /// </summary>
    private const int MostTrailingBytes = 1024 * 1024;

    private readonly GZipStream _gzip = new(compressed, CompressionMode.Decompress, leaveOpen: true);
    private long _headerAt;
    private bool _mayEnd;

    /// <summary>Unpacked bytes handed on so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Valid headers seen so far, extended ones included.</summary>
    public int Headers { get; private set; }

    /// <summary>Whether reading the sender's stream failed, so that an exception is not about the archive.</summary>
    public bool SourceFaulted => compressed.Faulted;

    /// <summary>To be called when all of an entry's content has been read: the next full block is a header.</summary>
    public void ExpectHeader()
    {
        _headerAt = TarBlock.RoundUp(BytesRead);
        _mayEnd = true;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        bool isHeader = BytesRead == _headerAt && buffer.Length >= TarBlock.Size;
        int read = isHeader
            ? await FillAsync(buffer[..TarBlock.Size], cancellationToken)
            : await InflateAsync(buffer, cancellationToken);
        BytesRead += read;
        budget.Spend(read);
        if (isHeader && read == TarBlock.Size && buffer.Span[..read].ContainsAnyExcept((byte)0))
        {
            Inspect(buffer.Span[..read]);
        }
        else if (isHeader && read == 0 && _mayEnd)
        {
            // Some programs leave out the end-of-archive mark, tar takes that for an end, and this is the mark.
            _mayEnd = false;
            buffer.Span[..TarBlock.Size].Clear();
            return TarBlock.Size;
        }

        return read;
    }

    /// <summary>Reads on to the end of the gzip file, if it is near, so that its checksum is verified.</summary>
    /// <exception cref="ArchiveException">The file is cut or damaged.</exception>
    public async Task FinishAsync(Memory<byte> scratch, CancellationToken cancellationToken)
    {
        int read = 1;
        for (int left = MostTrailingBytes; left > 0 && read > 0; left -= read)
        {
            read = await InflateAsync(scratch, cancellationToken);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await _gzip.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _gzip.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Inspect(ReadOnlySpan<byte> header)
    {
        if (!TarBlock.HasItsChecksum(header))
        {
            throw new InvalidDataException("The checksum of a tar header is wrong.");
        }

        Headers++;
        _mayEnd = false;
        if (TarBlock.ExtendedHeaderBytes(header) is { } length)
        {
            _headerAt = length <= limits.HeaderBytes
                ? BytesRead + TarBlock.RoundUp(length)
                : throw new ArchiveException($"archive has an extended header of more than {limits.HeaderBytes} bytes");
        }
    }

    private async ValueTask<int> FillAsync(Memory<byte> block, CancellationToken cancellationToken)
    {
        int filled = 0;
        int read = 1;
        while (filled < block.Length && read > 0)
        {
            read = await InflateAsync(block[filled..], cancellationToken);
            filled += read;
        }

        return filled;
    }

    private async ValueTask<int> InflateAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await _gzip.ReadAsync(buffer, cancellationToken);
        }
        catch (InvalidDataException damage) when (!compressed.Faulted)
        {
            throw compressed.Ended ? ArchiveException.Truncated(damage) : ArchiveException.Unreadable("corrupt gzip data", damage);
        }
    }
}
