using System.Buffers;
using System.IO.Pipelines;

namespace RootCx.SupervisorHost.Workers;

/// <summary>Reads lines from a worker. A line over the limit is skipped and reported; memory is bounded by the limit.</summary>
internal static class LineReader
{
    /// <summary>Reads until the worker's end is gone; does not fault when it breaks off.</summary>
    /// <param name="stream">Where from.</param>
    /// <param name="received">Gets each line without its end, in order; must be quick and not throw.</param>
    /// <param name="allRead">Called when all lines that had come were handed over; must be quick and not throw.</param>
    /// <param name="tooLong">A line was skipped because it is longer than <paramref name="longest"/>.</param>
    /// <param name="longest">In bytes.</param>
    public static async Task ReadAsync(Stream stream, Action<ReadOnlySequence<byte>> received, Action allRead, Action tooLong, int longest)
    {
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 32 * 1024, minimumReadSize: 4 * 1024, leaveOpen: true));
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
                        received(buffer.Slice(0, end));
                    }

                    skipping = false;
                    buffer = buffer.Slice(buffer.GetPosition(1, end));
                }

                if (skipping || buffer.Length > longest)
                {
                    if (!skipping)
                    {
                        tooLong();
                    }

                    skipping = true;
                    buffer = buffer.Slice(buffer.End);
                }

                allRead();
                reader.AdvanceTo(buffer.Start, buffer.End);
                if (result.IsCompleted)
                {
                    return;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The worker is gone; its exit tells.
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }
}
