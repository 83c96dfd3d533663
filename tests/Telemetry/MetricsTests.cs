using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using RootCx.Tests.Jobs;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Telemetry;

/// <summary>What a supervisor shows to those who look.</summary>
public sealed class MetricsTests(PlatformStack stack)
{
    [Fact]
    public async Task Calls_jobs_restarts_and_workers_can_be_scraped()
    {
        var app = await stack.Admin.DeployedAsync("serve({ ping: () => 'pong', die: () => process.exit(1) }, { onJob: () => 'done' });");
        await app.RpcAsync("ping");
        await app.Client.PostAsync(app.JobsPath(), new JsonObject { ["payload"] = 1 });
        using (await app.SendRpcAsync("die"))
        {
            // It is started again.
        }

        using var client = new HttpClient { BaseAddress = new Uri(stack.Own.Description.SupervisorUrl) };
        var text = "";
        await Eventually.TrueAsync(
            async () =>
            {
                text = await client.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
                return Missing().Length == 0;
            },
            () => $"these are not among the metrics: {string.Join(", ", Missing())}\n{text}");

        string[] Missing() =>
        [
            .. new[]
            {
                $"rpc_server_call_duration_seconds_count{{.*rootcx_app=\"{app.Id}\"",
                $"messaging_process_duration_seconds_bucket{{.*rootcx_app=\"{app.Id}\".*rootcx_state=\"completed\"",
                $"rootcx_job_queue_duration_seconds_sum{{.*rootcx_app=\"{app.Id}\"",
                $"rootcx_worker_restarts_total{{.*rootcx_app=\"{app.Id}\".* 1",
                "rootcx_channel_batch_size_bucket{.*network_io_direction=\"receive\"",
                "rootcx_channel_queue_duration_seconds_sum",
                "rootcx_rpc_active_calls",
                "rootcx_workers{.*rootcx_state=\"running\"",
            }.Where(pattern => !Regex.IsMatch(text, pattern, RegexOptions.None, TimeSpan.FromSeconds(1))),
        ];
    }

    [Fact]
    public async Task Readiness_of_a_supervisor_names_what_it_depends_on()
    {
        using var client = new HttpClient { BaseAddress = new Uri(stack.Own.Description.SupervisorUrl) };
        using var alive = await client.GetAsync("/health", TestContext.Current.CancellationToken);
        Assert.Equal("""{"status":"ok"}""", (await alive.JsonAsync(HttpStatusCode.OK)).ToJsonString());
        using var ready = await client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        var body = await ready.JsonAsync(HttpStatusCode.OK);
        Assert.Equal(["postgres", "storage", "leases", "channel"], body["checks"]!.AsObject().Select(check => check.Key));
        Assert.All(body["checks"]!.AsObject(), check => Assert.Equal("ok", check.Value!["status"]!.GetValue<string>()));
    }
}
