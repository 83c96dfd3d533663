using System.Buffers;
using System.Threading.Channels;

namespace RootCx.SupervisorHost.Workers;

/// <summary>
/// Writes lines to a worker without ever waiting for it. Lines that come while a write is under way go out together with the next one; those that a
/// worker does not read are bounded.
/// </summary>
internal sealed class LineWriter : IAsyncDisposable
{
    private const int Batch = 64 * 1024;
    private const long MostWaiting = 32 * 1024 * 1024;

    private readonly Channel<ReadOnlyMemory<byte>> _lines = Channel.CreateUnbounded<ReadOnlyMemory<byte>>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Stream _stream;
    private readonly Task _writing;
    private long _waiting;

    /// <summary>Takes over <paramref name="stream"/>.</summary>
    public LineWriter(Stream stream)
    {
        _stream = stream;
        _writing = WriteAsync();
    }

    /// <summary>
    /// Sends a line, its end included. False when too much is waiting already. A line to a worker that is gone is lost, as its exit will tell.
    /// </summary>
    public bool Send(ReadOnlyMemory<byte> line)
    {
        if (Interlocked.Add(ref _waiting, line.Length) > MostWaiting)
        {
            Interlocked.Add(ref _waiting, -line.Length);
            return false;
        }

        _lines.Writer.TryWrite(line);
        return true;
    }

    /// <summary>Sends what is waiting, then closes the stream; returns without waiting for either.</summary>
    public void Complete() => _lines.Writer.TryComplete();

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        Complete();
        await _stream.DisposeAsync();
        await _writing;
    }

    private async Task WriteAsync()
    {
        try
        {
            var batch = new ArrayBufferWriter<byte>(Batch);
            while (await _lines.Reader.WaitToReadAsync())
            {
                while (batch.WrittenCount < Batch && _lines.Reader.TryRead(out var line))
                {
                    batch.Write(line.Span);
                }

                await _stream.WriteAsync(batch.WrittenMemory);
                await _stream.FlushAsync();
                Interlocked.Add(ref _waiting, -batch.WrittenCount);
                batch.ResetWrittenCount();
            }

            await _stream.DisposeAsync();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The worker is gone; whoever waits for it learns so from its exit.
        }
    }
}
