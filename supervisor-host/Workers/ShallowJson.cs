using System.Buffers;
using System.Text.Json;

namespace RootCx.SupervisorHost.Workers;

/// <summary>
/// Messages without their depths. A document takes time with the square of how deep it is nested, and messages are nested by whoever wrote the app; nothing that is looked into needs
/// more than some hundred levels.
/// </summary>
internal static class ShallowJson
{
    /// <summary>Empties the arrays and objects that are deeper than that. One that is too deep for whoever takes it stays so when <paramref name="levels"/> is more than they take.</summary>
    /// <param name="message">JSON in UTF-8.</param>
    /// <param name="levels">Of arrays and objects, from 1; what is returned has one more at most, of empty ones.</param>
    /// <returns>The message itself if there is nothing to empty.</returns>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static ReadOnlySequence<byte> Trim(ReadOnlySequence<byte> message, int levels)
    {
        var reader = new Utf8JsonReader(message, new JsonReaderOptions { MaxDepth = int.MaxValue });
        ArrayBufferWriter<byte>? kept = null;
        long taken = 0;
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject && reader.CurrentDepth == levels)
            {
                kept ??= new ArrayBufferWriter<byte>();
                Take(reader.BytesConsumed);
                reader.Skip();
                taken = reader.TokenStartIndex;
            }
        }

        if (kept is null)
        {
            return message;
        }

        Take(message.Length);
        return new ReadOnlySequence<byte>(kept.WrittenMemory);

        void Take(long end)
        {
            foreach (var piece in message.Slice(taken, end - taken))
            {
                kept.Write(piece.Span);
            }
        }
    }
}
