using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Logs;
using OpenTelemetry.Trace;
using RootCx.Core.Telemetry;
using RootCx.Local.Launcher;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Telemetry;

/// <summary>What the platform tells of itself by OTLP; on a stack of the tests' own, which is told where to.</summary>
public sealed partial class TelemetryTests
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";

    private const string Source = """
        serve({
          enqueue: async (_, caller) => {
            const answer = await fetch(`${process.env.ROOTCX_RUNTIME_URL}/api/v1/apps/APP/jobs`, {
              method: "POST",
              headers: { authorization: `Bearer ${caller.authToken}`, "content-type": "application/json" },
              body: JSON.stringify({ payload: {} }),
            });
            return answer.status;
          },
        }, {
          onJob: async () => { await fetch(`${process.env.ROOTCX_RUNTIME_URL}/api/v1/status`); },
        });
        """;

    [Fact]
    public async Task One_trace_leads_from_the_request_through_queue_supervisor_and_handler_to_the_job_and_what_that_asks_for()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var own = await LaunchedStack.StartAsync(receiver.Variables, TestContext.Current.CancellationToken);
        var admin = await new ApiClient(new Uri(own.Description.ApiUrl), token: null).SignedInAsync(own.Description.AdminEmail, own.Description.AdminPassword);
        var id = App.NewId();
        var app = await admin.DeployedAsync(Source.Replace("APP", id, StringComparison.Ordinal), id);

        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/apps/{app.Id}/rpc") { Content = JsonContent.Create(new JsonObject { ["method"] = "enqueue" }) };
        request.Headers.Add("traceparent", $"00-{TraceId}-b7ad6b7169203331-01");
        using var answer = await app.Client.SendAsync(request, HttpCompletionOption.ResponseContentRead);
        Assert.Equal("201", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        // The last of them to end is the job; what it asked for ended before.
        await Eventually.TrueAsync(() => Task.FromResult(Trace().Any(span => span.Name == "job process")), () => $"of the trace came: {string.Join(", ", Trace())}");
        await Eventually.TrueAsync(() => Task.FromResult(Trace().Count() >= 6), () => $"of the trace came: {string.Join(", ", Trace())}");
        var (asked, call, serve, enqueue) = (
            Under("b7ad6b7169203331", "rootcx-api", "POST"),
            Span("rootcx-api", "rpc call"),
            Span("rootcx-supervisor", "rpc serve"),
            Trace().Single(span => span.Service == "rootcx-api" && span.Name.StartsWith("POST", StringComparison.Ordinal) && span.Parent == Span("rootcx-supervisor", "rpc serve").Id));
        Assert.Equal(asked.Id, call.Parent);
        Assert.Equal(call.Id, serve.Parent);
        var job = Span("rootcx-supervisor", "job process");
        Assert.Equal(enqueue.Id, job.Parent);
        Under(job.Id, "rootcx-api", "GET");

        Assert.DoesNotContain(receiver.Spans, span => span.Name.Contains("/health", StringComparison.Ordinal));
        await Eventually.TrueAsync(() => Task.FromResult(Missing().Length == 0), () => $"these metrics did not come: {string.Join(", ", Missing())}");

        IEnumerable<OtlpSpan> Trace() => receiver.Spans.Where(span => span.Trace == TraceId);

        OtlpSpan Span(string service, string name) => Trace().Single(span => span.Service == service && span.Name == name);

        OtlpSpan Under(string parent, string service, string name) =>
            Trace().Single(span => span.Parent == parent && span.Service == service && span.Name.StartsWith(name, StringComparison.Ordinal));

        (string, string)[] Missing() =>
        [
            .. new[]
            {
                ("rootcx-api", "http.server.request.duration"), ("rootcx-api", "rpc.client.call.duration"), ("rootcx-api", "rootcx.channel.batch.size"),
                ("rootcx-supervisor", "rpc.server.call.duration"), ("rootcx-supervisor", "rootcx.channel.queue.duration"), ("rootcx-supervisor", "rootcx.job.queue.duration"),
                ("rootcx-supervisor", "messaging.process.duration"), ("rootcx-supervisor", "rootcx.workers"), ("rootcx-supervisor", "rootcx.rpc.active_calls"),
            }.Where(metric => !receiver.Metrics.ContainsKey(metric)),
        ];
    }

    [Fact]
    public async Task Logs_have_the_trace_that_they_were_written_in()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(receiver.Variables.Select(pair => KeyValuePair.Create<string, string?>(pair.Key, pair.Value))).Build();
        await using var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddLogging().AddTelemetry(configuration, "tests").BuildServiceProvider();
        var tracing = services.GetRequiredService<TracerProvider>();
        string trace;
        using (var span = Traces.Source.StartActivity("test"))
        {
            trace = span!.TraceId.ToHexString(); // somebody listens
            Log.Happened(services.GetRequiredService<ILogger<TelemetryTests>>(), "something");
        }

        // What is on its way already, no flush waits for.
        services.GetRequiredService<LoggerProvider>().ForceFlush();
        tracing.ForceFlush();
        await Eventually.TrueAsync(() => !receiver.Logs.IsEmpty && receiver.Spans.Any(span => span.Name == "test"), "they did not come");
        Assert.Equal(new OtlpLog("tests", trace, "something happened"), Assert.Single(receiver.Logs));
        Assert.Equal(trace, Assert.Single(receiver.Spans, span => span.Name == "test").Trace);
    }

    [Fact]
    public void Without_anywhere_to_send_to_nothing_is_gathered()
    {
        var configuration = new ConfigurationBuilder().Build();
        using var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddLogging().AddTelemetry(configuration, "tests").BuildServiceProvider();
        Assert.Null(services.GetService<TracerProvider>());
        Assert.Null(services.GetService<OpenTelemetry.Metrics.MeterProvider>());
        Assert.Null(services.GetService<LoggerProvider>());
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{What} happened")]
        public static partial void Happened(ILogger logger, string what);
    }
}
