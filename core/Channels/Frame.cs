using System.Buffers.Binary;
using System.Text;

namespace RootCx.Core.Channels;

/// <summary>
/// One request or reply on its way. A queue message is one or more frames, each: header length, header (JSON), body length, body; lengths are
/// little-endian 32-bit. A body too large for a message lies in a blob: then the length is negative, and what stands there is the blob's name.
/// </summary>
/// <param name="Header">JSON; what it says is the sender's and receiver's business.</param>
/// <param name="Body">JSON as the client or worker wrote it; empty when <paramref name="Blob"/> is given.</param>
/// <param name="Blob">Name of the blob that holds the body, or null.</param>
public readonly record struct Frame(ReadOnlyMemory<byte> Header, ReadOnlyMemory<byte> Body, string? Blob = null)
{
    private const int LengthBytes = sizeof(int);

    /// <summary>Bytes this frame takes in a message.</summary>
    public int Size => (2 * LengthBytes) + Header.Length + (Blob is null ? Body.Length : Encoding.UTF8.GetByteCount(Blob));

    /// <summary>Appends the frame to <paramref name="message"/>.</summary>
    public void WriteTo(MemoryStream message)
    {
        var tail = Blob is null ? Body : Encoding.UTF8.GetBytes(Blob);
        WriteLength(message, Header.Length);
        message.Write(Header.Span);
        WriteLength(message, Blob is null ? tail.Length : -tail.Length);
        message.Write(tail.Span);
    }

    /// <summary>The frames of <paramref name="message"/>.</summary>
    /// <exception cref="InvalidDataException">It is not made of frames.</exception>
    public static IReadOnlyList<Frame> ReadAll(ReadOnlyMemory<byte> message)
    {
        var frames = new List<Frame>();
        while (!message.IsEmpty)
        {
            var header = Take(ref message, ReadLength(ref message));
            var length = ReadLength(ref message);
            var tail = Take(ref message, length < 0 ? unchecked(-length) : length);
            frames.Add(length < 0 ? new Frame(header, default, Encoding.UTF8.GetString(tail.Span)) : new Frame(header, tail));
        }

        return frames;
    }

    private static void WriteLength(MemoryStream message, int length)
    {
        Span<byte> bytes = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
        message.Write(bytes);
    }

    private static int ReadLength(ref ReadOnlyMemory<byte> message) =>
        BinaryPrimitives.ReadInt32LittleEndian(Take(ref message, LengthBytes).Span);

    private static ReadOnlyMemory<byte> Take(ref ReadOnlyMemory<byte> message, int length)
    {
        if (length < 0 || length > message.Length)
        {
            throw new InvalidDataException("The queue message ends in the middle of a frame.");
        }

        var taken = message[..length];
        message = message[length..];
        return taken;
    }
}
