namespace RootCx.Tests.Deployments.Archives;

/// <summary>Gives its bytes one at a time, asynchronously, and then ends or fails.</summary>
internal sealed class TrickleStream(byte[] bytes, Exception? failure = null) : MemoryStream
{
    private int _given;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask.WaitAsync(cancellationToken);
        if (_given == bytes.Length || buffer.IsEmpty)
        {
            return failure is null ? 0 : throw failure;
        }

        buffer.Span[0] = bytes[_given++];
        return 1;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Synchronous reads are not allowed.");

    public override int Read(Span<byte> buffer) => throw new NotSupportedException("Synchronous reads are not allowed.");
}
