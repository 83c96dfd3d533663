using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace RootCx.Tests.Telemetry;

/// <summary>Receives what OpenTelemetry sends by OTLP over HTTP, and reads of it what the tests ask for.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private const int ServiceName = 1;

    private readonly WebApplication _server;

    private OtlpReceiver(WebApplication server) => _server = server;

    /// <summary>Spans, in the order in which they came.</summary>
    public ConcurrentQueue<OtlpSpan> Spans { get; } = new();

    /// <summary>Names of metrics, with their service.</summary>
    public ConcurrentDictionary<(string Service, string Metric), bool> Metrics { get; } = new();

    /// <summary>Log records.</summary>
    public ConcurrentQueue<OtlpLog> Logs { get; } = new();

    /// <summary>What tells a process to send here, soon.</summary>
    public Dictionary<string, string> Variables => new()
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = _server.Urls.Single(),
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
        ["OTEL_BLRP_SCHEDULE_DELAY"] = "200",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
    };

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var receiver = new OtlpReceiver(builder.Build());
        receiver._server.Run(receiver.TakeAsync);
        await receiver._server.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Action<byte[], string, byte[]> read = context.Request.Path.Value switch
        {
            "/v1/traces" => ReadSpan,
            "/v1/metrics" => ReadMetric,
            "/v1/logs" => ReadLog,
            _ => throw new InvalidOperationException($"{context.Request.Path} is no address of OTLP"),
        };
        Assert.Equal("application/x-protobuf", context.Request.ContentType);

        // Request, then by resource, by scope, and one by one; the same numbers in all three protocols.
        foreach (var resource in Messages(body.ToArray(), 1))
        {
            var service = Messages(resource, 1).SelectMany(attributes => Messages(attributes, 1))
                .Where(attribute => Text(attribute, 1) == "service.name").Select(attribute => Text(Messages(attribute, 2).Single(), ServiceName)).Single();
            foreach (var item in Messages(resource, 2).SelectMany(scope => Messages(scope, 2)))
            {
                read(resource, service, item);
            }
        }
    }

    private void ReadSpan(byte[] resource, string service, byte[] span) => Spans.Enqueue(new OtlpSpan(service, Hex(span, 1), Hex(span, 2), Hex(span, 4), Text(span, 5)));

    private void ReadMetric(byte[] resource, string service, byte[] metric) => Metrics[(service, Text(metric, 1))] = true;

    private void ReadLog(byte[] resource, string service, byte[] log) => Logs.Enqueue(new OtlpLog(service, Hex(log, 9), Text(Messages(log, 5).Single(), 1)));

    private static string Text(byte[] message, int field) => System.Text.Encoding.UTF8.GetString(Messages(message, field).FirstOrDefault() ?? []);

    private static string Hex(byte[] message, int field) => Convert.ToHexStringLower(Messages(message, field).FirstOrDefault() ?? []);

    private static List<byte[]> Messages(byte[] message, int field)
    {
        var found = new List<byte[]>();
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag and not 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) == field && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
            {
                found.Add(input.ReadBytes().ToByteArray());
            }
            else
            {
                input.SkipLastField();
            }
        }

        return found;
    }
}

/// <summary>A span.</summary>
/// <param name="Service">Who told it.</param>
/// <param name="Trace">Hex.</param>
/// <param name="Id">Hex.</param>
/// <param name="Parent">Hex; empty for none.</param>
/// <param name="Name">Its name.</param>
internal sealed record OtlpSpan(string Service, string Trace, string Id, string Parent, string Name);

/// <summary>A log record.</summary>
/// <param name="Service">Who told it.</param>
/// <param name="Trace">Hex; empty for none.</param>
/// <param name="Body">The text.</param>
internal sealed record OtlpLog(string Service, string Trace, string Body);
