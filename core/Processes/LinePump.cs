using System.Buffers;
using System.Text;

namespace RootCx.Core.Processes;

/// <summary>Turns a stream into lines, with bounded memory whatever the writer does.</summary>
internal static class LinePump
{
    private const int ReadSize = 16 * 1024;

    /// <summary>Reads until the end of the stream. Lines are UTF-8, split at LF, a CR before it is dropped; invalid bytes become U+FFFD.</summary>
    /// <param name="source">The stream; a failing read counts as its end.</param>
    /// <param name="onLine">Receives each line.</param>
    /// <param name="maxLineLength">Bytes kept of one line.</param>
    public static async Task RunAsync(Stream source, Action<string>? onLine, int maxLineLength)
    {
        var line = new ArrayBufferWriter<byte>();
        var buffer = new byte[ReadSize];
        while (await ReadAsync(source, buffer) is var read and > 0)
        {
            var rest = buffer.AsMemory(0, read);
            for (var end = rest.Span.IndexOf((byte)'\n'); end >= 0; end = rest.Span.IndexOf((byte)'\n'))
            {
                Append(line, rest.Span[..end], maxLineLength);
                Emit(line, onLine);
                rest = rest[(end + 1)..];
            }

            Append(line, rest.Span, maxLineLength);
        }

        if (line.WrittenCount > 0)
        {
            Emit(line, onLine);
        }
    }

    private static async ValueTask<int> ReadAsync(Stream source, byte[] buffer)
    {
        try
        {
            return await source.ReadAsync(buffer);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException)
        {
            return 0;
        }
    }

    private static void Append(ArrayBufferWriter<byte> line, ReadOnlySpan<byte> bytes, int maxLineLength) =>
        line.Write(bytes[..Math.Min(bytes.Length, maxLineLength - line.WrittenCount)]);

    private static void Emit(ArrayBufferWriter<byte> line, Action<string>? onLine)
    {
        var bytes = line.WrittenSpan;
        onLine?.Invoke(Encoding.UTF8.GetString(bytes is [.., (byte)'\r'] ? bytes[..^1] : bytes));
        line.ResetWrittenCount();
    }
}
