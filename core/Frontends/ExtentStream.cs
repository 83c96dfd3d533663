using RootCx.Core.Streams;

namespace RootCx.Core.Frontends;

/// <summary>A part of a stream that can seek, as if it were all there is.</summary>
internal sealed class ExtentStream(Stream whole, BlobExtent extent) : ForwardStream
{
    private long _position;

    public override bool CanSeek => true;

    public override long Length => extent.Length;

    public override long Position
    {
        get => _position;
        set => _position = value is >= 0 && value <= extent.Length ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        whole.Position = extent.Offset + _position;
        var read = await whole.ReadAsync(buffer[..(int)Math.Min(buffer.Length, extent.Length - _position)], cancellationToken);
        _position += read;
        return read;
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => extent.Length + offset,
    };

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            whole.Dispose();
        }

        base.Dispose(disposing);
    }
}
