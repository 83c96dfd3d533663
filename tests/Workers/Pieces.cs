using System.Buffers;

namespace RootCx.Tests.Workers;

/// <summary>Bytes as they come over a socket: in pieces.</summary>
internal static class Pieces
{
    public static ReadOnlySequence<byte> Of(ReadOnlyMemory<byte> first, params ReadOnlySpan<ReadOnlyMemory<byte>> others)
    {
        var begin = new Piece(first, 0);
        var end = begin;
        foreach (var other in others)
        {
            end = end.Then(other);
        }

        return new ReadOnlySequence<byte>(begin, 0, end, end.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long before)
        {
            Memory = memory;
            RunningIndex = before;
        }

        public Piece Then(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
