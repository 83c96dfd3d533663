using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;

namespace RootCx.SupervisorHost.Packages;

/// <summary>Passes the description of a package on, with the addresses of its tarballs replaced. Only as much of it is in memory as its longest text.</summary>
/// <param name="replace">The address to say instead of another; null to leave it.</param>
internal sealed class TarballLinks(Func<string, string?> replace)
{
    private const int ReadBytes = 64 * 1024;
    private const int LongestText = 8 * 1024 * 1024;

    private JsonReaderState _state;
    private bool _isLink;

    /// <summary>Copies all of <paramref name="source"/>.</summary>
    /// <exception cref="JsonException">It is no JSON; what came before is written already.</exception>
    public async Task CopyAsync(Stream source, PipeWriter target, CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(source, new StreamPipeReaderOptions(bufferSize: ReadBytes, minimumReadSize: ReadBytes / 2, leaveOpen: true));
        try
        {
            ReadResult read;
            do
            {
                read = await reader.ReadAsync(cancellationToken);
                var passed = Pass(read.Buffer, read.IsCompleted, target);
                if (read.Buffer.Slice(passed).Length > LongestText)
                {
                    throw new JsonException($"A text is longer than {LongestText} bytes.");
                }

                reader.AdvanceTo(passed, read.Buffer.End);
                await target.FlushAsync(cancellationToken);
            }
            while (!read.IsCompleted);
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    // All tokens that are complete; returns where the first one begins that is not.
    private SequencePosition Pass(ReadOnlySequence<byte> buffer, bool isLast, IBufferWriter<byte> target)
    {
        var reader = new Utf8JsonReader(buffer, isLast, _state);
        var passed = buffer.Start;
        while (reader.Read())
        {
            if (_isLink && reader.TokenType == JsonTokenType.String && reader.GetString() is { } link && replace(link) is { } other)
            {
                Write(buffer.Slice(passed, buffer.GetPosition(reader.TokenStartIndex)), target);
                target.Write(Encoding.UTF8.GetBytes($"\"{JsonEncodedText.Encode(other)}\""));
                passed = reader.Position;
            }

            _isLink = reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("tarball"u8);
        }

        _state = reader.CurrentState;
        Write(buffer.Slice(passed, reader.Position), target);
        return reader.Position;
    }

    private static void Write(ReadOnlySequence<byte> bytes, IBufferWriter<byte> target)
    {
        foreach (var segment in bytes)
        {
            target.Write(segment.Span);
        }
    }
}
