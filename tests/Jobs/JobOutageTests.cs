using System.Net;
using System.Text.Json.Nodes;
using RootCx.Core.Processes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Jobs;

/// <summary>Jobs while Postgres is gone; on a platform apart.</summary>
[Collection(OwnStackCollection.Name)]
public sealed class JobOutageTests(OwnStack stack)
{
    [Fact]
    public async Task Jobs_go_on_when_the_database_was_killed_and_came_back()
    {
        await stack.RestAsync("postgres");
        const int Jobs = 400;
        var app = await stack.Admin.DeployedAsync("let runs = 0; serve({ rpc: { runs: () => runs }, onJob: async () => { runs++; await Bun.sleep(50); } });");
        using (var answer = await app.Client.PostAsync(
            $"{app.JobsPath()}/batch", new JsonObject { ["jobs"] = new JsonArray([.. Enumerable.Range(0, Jobs).Select(_ => new JsonObject())]) }))
        {
            Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        }

        await Eventually.TrueAsync(async () => await CompletedAsync(app) >= 50, "the jobs did not begin");
        await stack.EndAsync("postgres", UnixSignal.Kill);

        // The worker lives on, and what it answered meanwhile is kept until it can be recorded: no job has to run again.
        await Eventually.TrueAsync(async () => await CompletedAsync(app) == Jobs, "the jobs did not go on");
        Assert.Equal(Jobs, (await app.RpcAsync("runs"))!.GetValue<int>());
    }

    // While the database is away the API says so.
    private static async Task<int> CompletedAsync(App app)
    {
        using var answer = await app.Client.GetAsync($"{app.JobsPath()}/counts");
        return answer.StatusCode == HttpStatusCode.OK ? (await answer.JsonAsync(HttpStatusCode.OK))["completed"]!.GetValue<int>() : 0;
    }
}
