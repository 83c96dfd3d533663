using System.Net;
using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Jobs;

public sealed class JobFairnessTests(PlatformStack stack)
{
    [Fact]
    public async Task A_flood_in_one_app_does_not_keep_another_waiting()
    {
        var flooded = await stack.Admin.DeployedAsync("serve({ onJob: () => Bun.sleep(20) });");
        var calm = await stack.Admin.DeployedAsync("serve({ onJob: () => 'done' });");
        for (var batch = 0; batch < 5; batch++)
        {
            using var answer = await flooded.Client.PostAsync(
                $"{flooded.JobsPath()}/batch", new JsonObject { ["jobs"] = new JsonArray([.. Enumerable.Range(0, 1000).Select(_ => new JsonObject())]) });
            Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        }

        await Eventually.TrueAsync(async () => (await flooded.CountsAsync())["completed"]!.GetValue<int>() > 50, "the flood did not begin");
        var job = await calm.JobBecomesAsync(await calm.EnqueueAsync(), "completed");
        var waited = job["startedAt"]!.GetValue<DateTime>() - job["enqueuedAt"]!.GetValue<DateTime>();
        Assert.True((await flooded.CountsAsync())["queued"]!.GetValue<int>() > 1000, "the flood was over");
        Assert.True(waited < TimeSpan.FromSeconds(3), $"it waited {waited}");
    }

    [Fact]
    public async Task No_more_of_an_apps_jobs_run_at_once_than_the_setting_says()
    {
        var app = await stack.Admin.DeployedAsync("""
            let running = 0, most = 0;
            serve({ rpc: { most: () => most }, onJob: async () => { most = Math.max(most, ++running); await Bun.sleep(5); running--; } });
            """);
        using (await app.Client.PostAsync(
            $"{app.JobsPath()}/batch", new JsonObject { ["jobs"] = new JsonArray([.. Enumerable.Range(0, 500).Select(_ => new JsonObject())]) }))
        {
        }

        await Eventually.TrueAsync(async () => (await app.CountsAsync())["completed"]!.GetValue<int>() == 500, "they did not all run");
        Assert.Equal(10, (await app.RpcAsync("most"))!.GetValue<int>());
    }
}
