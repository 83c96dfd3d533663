using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading.Channels;

namespace RootCx.SupervisorHost.Workers;

/// <summary>
/// The socket to one worker: lines out, lines in. Lines that are sent while a write is under way go out together with the next one.
/// A line over the limit is skipped and reported; it does not end the connection.
/// </summary>
internal sealed class WorkerConnection : IAsyncDisposable
{
    private const int WriteBatch = 64 * 1024;

    private readonly Channel<ReadOnlyMemory<byte>> _outgoing =
        Channel.CreateUnbounded<ReadOnlyMemory<byte>>(new UnboundedChannelOptions { SingleReader = true });

    private readonly NetworkStream _stream;
    private readonly Action<ReadOnlySequence<byte>> _received;
    private readonly Action _tooLong;
    private readonly int _longest;
    private readonly Task _writing;

    /// <summary>Takes over <paramref name="socket"/>.</summary>
    /// <param name="socket">Connected.</param>
    /// <param name="received">Gets each line without its end, in order; must be quick and not throw.</param>
    /// <param name="tooLong">A line was skipped because it is longer than <paramref name="longest"/>.</param>
    /// <param name="longest">In bytes.</param>
    public WorkerConnection(Socket socket, Action<ReadOnlySequence<byte>> received, Action tooLong, int longest)
    {
        _stream = new NetworkStream(socket, ownsSocket: true);
        _received = received;
        _tooLong = tooLong;
        _longest = longest;
        _writing = WriteAsync();
        Closed = ReadAsync();
    }

    /// <summary>Ends, never faults, when the worker's end is gone.</summary>
    public Task Closed { get; }

    /// <summary>Sends a line, its end included; a line to a worker that is gone is lost, as its exit will tell.</summary>
    public void Send(ReadOnlyMemory<byte> line) => _outgoing.Writer.TryWrite(line);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _outgoing.Writer.TryComplete();
        await _stream.DisposeAsync();
        await Task.WhenAll(_writing, Closed);
    }

    private async Task WriteAsync()
    {
        try
        {
            var batch = new ArrayBufferWriter<byte>(WriteBatch);
            while (await _outgoing.Reader.WaitToReadAsync())
            {
                while (batch.WrittenCount < WriteBatch && _outgoing.Reader.TryRead(out var line))
                {
                    batch.Write(line.Span);
                }

                await _stream.WriteAsync(batch.WrittenMemory);
                batch.ResetWrittenCount();
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The worker is gone; whoever waits for it learns so from its exit.
        }
    }

    private async Task ReadAsync()
    {
        var reader = PipeReader.Create(_stream, new StreamPipeReaderOptions(bufferSize: 32 * 1024, minimumReadSize: 4 * 1024));
        var skipping = false;
        try
        {
            while (true)
            {
                var result = await reader.ReadAsync();
                var buffer = result.Buffer;
                while (buffer.PositionOf((byte)'\n') is { } end)
                {
                    if (!skipping)
                    {
                        _received(buffer.Slice(0, end));
                    }

                    skipping = false;
                    buffer = buffer.Slice(buffer.GetPosition(1, end));
                }

                if (buffer.Length > _longest || skipping)
                {
                    if (!skipping)
                    {
                        _tooLong();
                    }

                    skipping = true;
                    buffer = buffer.Slice(buffer.End);
                }

                reader.AdvanceTo(buffer.Start, buffer.End);
                if (result.IsCompleted)
                {
                    return;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // As above.
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }
}
