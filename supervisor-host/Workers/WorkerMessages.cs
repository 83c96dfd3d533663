using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using RootCx.Core.Auth;
using RootCx.Core.Secrets;
using RootCx.Core.Telemetry;
using RootCx.SupervisorHost.Data;

namespace RootCx.SupervisorHost.Workers;

/// <summary>Writes the lines that a worker is sent: one JSON object each, tagged by <c>type</c>.</summary>
internal static class WorkerMessages
{
    private static readonly JsonSerializerOptions Camel = new(JsonSerializerDefaults.Web);

    /// <summary>The first line: who the worker is, and what it may use.</summary>
    /// <param name="identity">What it says.</param>
    /// <param name="limit">Longest message that is taken from the worker, in bytes.</param>
    /// <param name="token">The worker's own token, for those who keep it from user code; else null.</param>
    public static ReadOnlyMemory<byte> Discover(WorkerIdentity identity, int limit, string? token) => Line(writer =>
    {
        writer.WriteString("type", "discover");
        writer.WriteString("app_id", identity.AppId);
        writer.WriteString("runtime_url", identity.RuntimeUrl);
        writer.WriteString("database_url", identity.DatabaseUrl);
        writer.WriteStartObject("credentials");
        foreach (var (name, value) in identity.Secrets.Values)
        {
            writer.WriteString(name, value);
        }

        writer.WriteEndObject();
        writer.WriteNumber("max_message_bytes", limit);
        if (token is not null)
        {
            writer.WriteString("token", token);
        }
    });

    /// <summary>A new token in the place of the last one.</summary>
    public static ReadOnlyMemory<byte> Token(string token) => Line(writer =>
    {
        writer.WriteString("type", "token");
        writer.WriteString("token", token);
    });

    /// <summary>A call.</summary>
    public static ReadOnlyMemory<byte> Rpc(string id, string method, ReadOnlyMemory<byte> parameters, Caller? caller, TraceContext? trace) => Line(writer =>
    {
        writer.WriteString("type", "rpc");
        writer.WriteString("id", id);
        writer.WriteString("method", method);
        writer.WritePropertyName("params");
        var given = parameters.ToArray();
        OnOneLine(given);
        writer.WriteRawValue(given, skipInputValidation: true); // the API checked it
        writer.WritePropertyName("caller");
        JsonSerializer.Serialize(writer, caller, Camel);
        if (trace is not null)
        {
            writer.WriteString("traceparent", trace.Parent);
            if (trace.State is not null)
            {
                writer.WriteString("tracestate", trace.State);
            }
        }
    });

    /// <summary>A job.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="attempt">Which delivery this is, from 1.</param>
    /// <param name="payload">JSON.</param>
    /// <param name="caller">The caller as JSON on one line, or <c>null</c>.</param>
    /// <param name="named">Whether the delivery is named apart from the job, so that an answer says which one it is of. Workers that read for themselves know jobs only.</param>
    /// <param name="trace">The <c>traceparent</c> that it runs in, if any.</param>
    public static ReadOnlyMemory<byte> Job(long id, int attempt, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> caller, bool named, string? trace)
    {
        const int Rest = 160; // more than the keys and four numbers
        var buffer = new byte[payload.Length + caller.Length + (trace?.Length ?? 0) + Rest];
        var written = 0;
        Append("{\"type\":\"job\",\"id\":\""u8);
        Format(id);
        if (named)
        {
            Append(":"u8);
            Format(attempt);
            Append("\",\"msg_id\":\""u8);
            Format(id);
        }

        Append("\",\"attempt\":"u8);
        Format(attempt);
        Append(",\"payload\":"u8);
        var at = written;
        Append(payload);
        OnOneLine(buffer.AsSpan(at, payload.Length));
        Append(",\"caller\":"u8);
        Append(caller);
        if (trace is not null)
        {
            Append(",\"traceparent\":\""u8);
            written += Encoding.ASCII.GetBytes(trace, buffer.AsSpan(written)); // hex digits and dashes
            Append("\""u8);
        }

        Append("}\n"u8);
        return buffer.AsMemory(0, written);

        void Append(ReadOnlySpan<byte> text)
        {
            text.CopyTo(buffer.AsSpan(written));
            written += text.Length;
        }

        void Format(long number)
        {
            Utf8Formatter.TryFormat(number, buffer.AsSpan(written), out var digits);
            written += digits;
        }
    }

    /// <summary>The caller of a job, as <see cref="Job"/> takes it.</summary>
    public static byte[] JobCaller(Caller? caller) => JsonSerializer.SerializeToUtf8Bytes(caller, Camel);

    /// <summary>The request to end a job early.</summary>
    public static ReadOnlyMemory<byte> JobAbort(long id, int attempt, string reason) => Line(writer =>
    {
        writer.WriteString("type", "job_abort");
        writer.WriteString("id", string.Create(CultureInfo.InvariantCulture, $"{id}:{attempt}"));
        writer.WriteString("reason", reason);
    });

    /// <summary>The question whether the worker still listens.</summary>
    public static ReadOnlyMemory<byte> Ping() => Line(writer => writer.WriteString("type", "ping"));

    /// <summary>The result of an operation.</summary>
    /// <param name="operation">Which one.</param>
    /// <param name="result">JSON.</param>
    public static ReadOnlyMemory<byte> OperationResult(WorkerOperation operation, ReadOnlySpan<byte> result)
    {
        var head = Encoding.UTF8.GetBytes($"{{\"type\":\"{operation.AnswerType}\",\"id\":{operation.Id},\"result\":");
        var line = new byte[head.Length + result.Length + 2];
        head.CopyTo(line, 0);
        result.CopyTo(line.AsSpan(head.Length));
        OnOneLine(line);
        "}\n"u8.CopyTo(line.AsSpan(line.Length - 2));
        return line;
    }

    /// <summary>Why an operation was not done.</summary>
    public static ReadOnlyMemory<byte> OperationError(WorkerOperation operation, string error) => Line(writer =>
    {
        writer.WriteString("type", operation.AnswerType);
        writer.WritePropertyName("id");
        writer.WriteRawValue(operation.Id);
        writer.WriteString("error", error);
    });

    // A line break that JSON allows is always between its tokens.
    private static void OnOneLine(Span<byte> json)
    {
        json.Replace((byte)'\n', (byte)' ');
        json.Replace((byte)'\r', (byte)' ');
    }

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
/// <param name="Secrets">The app's secrets.</param>
/// <param name="Mask">Knows all that must not be seen of this.</param>
/// <param name="NewToken">Makes a token for the worker itself.</param>
/// <param name="TokenRenewal">How often it needs a new one.</param>
public sealed record WorkerIdentity(
    string AppId,
    string RuntimeUrl,
    string DatabaseUrl,
    WorkerSecrets Secrets,
    SecretMask Mask,
    Func<string> NewToken,
    TimeSpan TokenRenewal);
