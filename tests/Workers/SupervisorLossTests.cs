using System.Net;
using RootCx.Core.Processes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Workers;

/// <summary>What happens to apps when their supervisor goes; on a platform apart, because nobody else's apps would like it.</summary>
[Collection(OwnStackCollection.Name)]
public sealed class SupervisorLossTests(OwnStack stack)
{
    [Fact]
    public async Task A_supervisor_that_is_killed_leaves_no_worker_behind_and_its_successor_runs_the_apps_again()
    {
        await stack.RestAsync("supervisor");
        var app = await stack.Admin.DeployedAsync("serve({ pid: () => process.pid });");
        var stopped = await stack.Admin.DeployedAsync("serve({});");
        using (var stop = await stopped.WorkerAsync("stop"))
        {
            Assert.Equal(HttpStatusCode.OK, stop.StatusCode);
        }

        var pid = (await app.RpcAsync("pid"))!.GetValue<int>();
        await stack.EndAsync("supervisor", UnixSignal.Kill);

        await Eventually.TrueAsync(() => !Directory.Exists($"/proc/{pid}"), "the worker outlived its supervisor");
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await app.SendRpcAsync("pid");
                return answer.StatusCode == HttpStatusCode.OK && await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken) != $"{pid}";
            },
            "the app did not come back");
        Assert.Equal("stopped", await stopped.StatusAsync());
    }

    [Theory]
    [InlineData(UnixSignal.Terminate)]
    [InlineData(UnixSignal.Kill)]
    public async Task A_deploy_that_its_supervisor_goes_under_is_carried_out_by_the_next_one(UnixSignal signal)
    {
        await stack.RestAsync("supervisor");
        var app = await stack.Admin.DeployedAsync("serve({ version: () => 1 });");
        using var logs = await app.LogsAsync();

        var deploying = stack.Admin.DeployAsync(app.Id, AppArchive.Of("serve({ version: () => 2 }, { onStart: async () => { log.info('slow start'); await Bun.sleep(3000); } });"));
        await logs.WaitForAsync("info", "slow start");
        await stack.EndAsync("supervisor", signal);

        using var answer = await deploying;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(2, (await app.RpcAsync("version"))!.GetValue<int>());
    }

    [Fact]
    public async Task A_supervisor_that_is_told_to_end_lets_its_workers_end_and_keeps_what_they_say()
    {
        await stack.RestAsync("supervisor");
        var app = await stack.Admin.DeployedAsync("serve({}, { onStart: () => log.info('up'), onShutdown: async () => { await Bun.sleep(500); log.info('cleaned up'); } });");
        await stack.EndAsync("supervisor", UnixSignal.Terminate);

        using var logs = await app.LogsAsync(after: 0);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        var seen = new List<string>();
        await foreach (var line in logs.RecordsAsync(patience.Token))
        {
            seen.Add(line.Message);
            if (seen.Count == 6)
            {
                break;
            }
        }

        Assert.Equal(["cleaned up", "up", "up", "worker started", "worker started", "worker stopped"], seen.Order(StringComparer.Ordinal));
        Assert.True(seen.IndexOf("cleaned up") < seen.IndexOf("worker stopped"), "it was said to be stopped too soon");
    }
}
