using System.Formats.Tar;

namespace RootCx.Core.Deployments.Archives;

/// <summary>Reads a tar stream entry by entry. Whatever is wrong with its bytes comes out as an <see cref="ArchiveException"/>.</summary>
internal sealed class TarEntries(UnpackedStream stream) : IAsyncDisposable
{
    private readonly TarReader _reader = new(stream, leaveOpen: true);
    private string? _last;

    /// <summary>The next entry, or null at the end. The content of the one before must have been read.</summary>
    public async ValueTask<TarEntry?> NextAsync(CancellationToken cancellationToken)
    {
        stream.ExpectHeader();
        try
        {
            TarEntry? entry = await _reader.GetNextEntryAsync(copyData: false, cancellationToken);
            _last = entry?.Name;
            return entry;
        }
        catch (Exception damage) when (IsDamage(damage))
        {
            throw Describe(damage);
        }
    }

    /// <summary>Reads some of the entry's content; 0 bytes are its end.</summary>
    public async ValueTask<int> ReadAsync(TarEntry entry, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return entry.DataStream is null ? 0 : await entry.DataStream.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception damage) when (IsDamage(damage))
        {
            throw Describe(damage);
        }
    }

    /// <summary>Fills the buffer from the entry's content, unless that ends first.</summary>
    public async ValueTask<int> FillAsync(TarEntry entry, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int filled = 0;
        int read = 1;
        while (filled < buffer.Length && read > 0)
        {
            read = await ReadAsync(entry, buffer[filled..], cancellationToken);
            filled += read;
        }

        return filled;
    }

    /// <summary>Reads past the entry's content.</summary>
    public async Task SkipAsync(TarEntry entry, Memory<byte> scratch, CancellationToken cancellationToken)
    {
        while (await ReadAsync(entry, scratch, cancellationToken) > 0)
        {
            // The bytes are not wanted.
        }
    }

    public ValueTask DisposeAsync() => _reader.DisposeAsync();

    /// <summary>What the tar reader throws at bytes that it can't make sense of. Nothing is written to disk inside these calls.</summary>
    private bool IsDamage(Exception exception) => !stream.SourceFaulted && exception is InvalidDataException or EndOfStreamException
        or FormatException or ArgumentException or OverflowException or InvalidOperationException or NotSupportedException;

    private ArchiveException Describe(Exception damage)
    {
        if (stream.Headers == 0)
        {
            return ArchiveException.Unreadable("not a tar archive", damage);
        }

        string where = _last is null ? "" : $" after {PrintableText.Of(_last)}";
        return damage switch
        {
            EndOfStreamException => ArchiveException.Truncated(damage),
            NotSupportedException => ArchiveException.Unreadable($"unsupported type of entry{where}", damage),
            _ => ArchiveException.Unreadable($"corrupt tar header{where}", damage),
        };
    }
}
