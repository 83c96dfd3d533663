using System.Buffers;
using System.Text.Json;

namespace RootCx.SupervisorHost.Workers;

/// <summary>
/// What a worker returned, of messages that are not small. A document of them would take time with the square of how deep they are nested, and they are nested by whoever wrote
/// the app; a result is only passed on, so it needs none.
/// </summary>
/// <param name="Type">The message's.</param>
/// <param name="Id">Which call or job it answers.</param>
/// <param name="Result">JSON in UTF-8.</param>
internal readonly record struct LargeAnswer(string Type, string Id, byte[] Result)
{
    /// <summary>Messages from this size on may be such; in bytes.</summary>
    public const int FromBytes = 4096;

    /// <summary>Reads one; null when the message is something else.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static LargeAnswer? Read(ReadOnlySequence<byte> message)
    {
        var reader = new Utf8JsonReader(message, new JsonReaderOptions { MaxDepth = int.MaxValue });
        string? type = null;
        string? id = null;
        ReadOnlySequence<byte>? result = null;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueTextEquals("type"u8) ? "type" : reader.ValueTextEquals("id"u8) ? "id" : reader.ValueTextEquals("result"u8) ? "result" : "";
            var failed = reader.ValueTextEquals("error"u8);
            reader.Read();
            var begin = reader.TokenStartIndex;
            var text = reader.TokenType == JsonTokenType.String && name is "type" or "id" ? reader.GetString() : null;
            reader.Skip();
            switch (name)
            {
                case "type":
                    type = text;
                    break;
                case "id":
                    id = text;
                    break;
                case "result":
                    result = message.Slice(begin, reader.BytesConsumed - begin);
                    break;
                default:
                    if (failed)
                    {
                        return null;
                    }

                    break;
            }
        }

        reader.Read(); // nothing must follow
        return type is "rpc_response" or "job_result" && id is not null && result is { } value ? new LargeAnswer(type, id, value.ToArray()) : null;
    }
}
