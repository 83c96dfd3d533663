using System.Buffers;
using System.Text.Json;
using RootCx.Core.Auth;

namespace RootCx.SupervisorHost.Workers;

/// <summary>Writes the lines that a worker is sent: one JSON object each, tagged by <c>type</c>.</summary>
internal static class WorkerMessages
{
    private static readonly JsonSerializerOptions Camel = new(JsonSerializerDefaults.Web);

    /// <summary>The first line: who the worker is, and what it may use.</summary>
    public static ReadOnlyMemory<byte> Discover(WorkerIdentity identity) => Line(writer =>
    {
        writer.WriteString("type", "discover");
        writer.WriteString("app_id", identity.AppId);
        writer.WriteString("runtime_url", identity.RuntimeUrl);
        writer.WriteString("database_url", identity.DatabaseUrl);
        writer.WriteStartObject("credentials");
        foreach (var (name, value) in identity.Credentials)
        {
            writer.WriteString(name, value);
        }

        writer.WriteEndObject();
    });

    /// <summary>A call.</summary>
    public static ReadOnlyMemory<byte> Rpc(string id, string method, ReadOnlyMemory<byte> parameters, Caller? caller) => Line(writer =>
    {
        writer.WriteString("type", "rpc");
        writer.WriteString("id", id);
        writer.WriteString("method", method);
        writer.WritePropertyName("params");
        writer.WriteRawValue(parameters.Span, skipInputValidation: true); // the API wrote it, compact
        writer.WritePropertyName("caller");
        JsonSerializer.Serialize(writer, caller, Camel);
    });

    /// <summary>The request to end.</summary>
    public static ReadOnlyMemory<byte> Shutdown() => Line(writer => writer.WriteString("type", "shutdown"));

    private static ReadOnlyMemory<byte> Line(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenMemory;
    }
}

/// <summary>What a worker is told about itself.</summary>
/// <param name="AppId">The app.</param>
/// <param name="RuntimeUrl">Where the API is.</param>
/// <param name="DatabaseUrl">The app's own login.</param>
/// <param name="Credentials">The app's secrets.</param>
public sealed record WorkerIdentity(string AppId, string RuntimeUrl, string DatabaseUrl, IReadOnlyDictionary<string, string> Credentials);
