using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using RootCx.Tests.Jobs;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Workers;

/// <summary>An app that runs on several supervisors at once.</summary>
[Collection(PairCollection.Name)]
public sealed class ReplicaTests(PairStack stack)
{
    private const int Calls = 40;

    [Fact]
    public async Task Calls_are_spread_over_the_workers_and_jobs_stay_with_one()
    {
        await using var deployed = await stack.DeployedAsync(1, Source(1));
        var app = deployed.All[0];
        var alone = Assert.Single(await AnswersAsync(app));

        await ScaleAsync(app, 2);
        await RunsOnAsync(app, 2);
        var both = await AnswersAsync(app);
        Assert.Equal(2, both.Count);
        Assert.Contains(alone, both);

        var job = await app.EnqueueAsync();
        var ran = (await app.JobBecomesAsync(job, "completed"))["result"]!.GetValue<string>();
        Assert.Equal(alone, ran);

        await ScaleAsync(app, 1);
        await RunsOnAsync(app, 1);
        Assert.Equal([alone], await AnswersAsync(app));
    }

    [Fact]
    public async Task A_new_version_answers_alone_from_the_moment_it_is_live_and_a_stopped_app_nowhere()
    {
        await using var deployed = await stack.DeployedAsync(1, Source(1));
        var app = deployed.All[0];
        await ScaleAsync(app, 2);
        await RunsOnAsync(app, 2);

        await stack.Admin.DeployedAsync(Source(2), app.Id);
        Assert.All(await AnswersAsync(app), answer => Assert.StartsWith("2 ", answer, StringComparison.Ordinal));
        await RunsOnAsync(app, 2);
        var both = await AnswersAsync(app);
        Assert.Equal(2, both.Count);
        Assert.All(both, answer => Assert.StartsWith("2 ", answer, StringComparison.Ordinal));

        using var stopped = await app.WorkerAsync("stop");
        Assert.Equal(HttpStatusCode.OK, stopped.StatusCode);
        for (var i = 0; i < Calls; i++)
        {
            await app.AssertRpcFailsAsync("who", "worker error: worker not running");
        }

        using var started = await app.WorkerAsync("start");
        Assert.Equal(HttpStatusCode.OK, started.StatusCode);
        await RunsOnAsync(app, 2);
    }

    [Fact]
    public async Task A_worker_that_is_there_takes_over_from_a_holder_that_is_gone()
    {
        await using var deployed = await stack.DeployedAsync(1, Source(1));
        var app = deployed.All[0];
        var first = Assert.Single(await AnswersAsync(app));
        await ScaleAsync(app, 2);
        await RunsOnAsync(app, 2);
        var other = Assert.Single(await AnswersAsync(app), answer => answer != first);

        var holder = (await PairStack.HolderAsync(app))!; // it said so a moment ago
        await using (await stack.PausedAsync(PairStack.PartOf(holder)))
        {
            await Eventually.TrueAsync(async () => await PairStack.HolderAsync(app) is { } now && now != holder, "nobody took the app over");
            Assert.Equal([other], await AnswersAsync(app)); // the same process
        }

        await RunsOnAsync(app, 2);
        var both = await AnswersAsync(app);
        Assert.Contains(other, both);
        Assert.DoesNotContain(first, both); // it was ended: the app was not its supervisor's any more
        Assert.Equal(2, both.Count);
    }

    [Theory]
    [InlineData("""{"replicas":0}""", "'replicas' must be a whole number from 1 to 16")]
    [InlineData("""{"replicas":17}""", "'replicas' must be a whole number from 1 to 16")]
    [InlineData("""{"replicas":"2"}""", "'replicas' must be a whole number from 1 to 16")]
    [InlineData("""{"replicas":1.5}""", "'replicas' must be a whole number from 1 to 16")]
    [InlineData("{}", "missing 'replicas'")]
    public async Task What_is_no_number_of_workers_is_refused(string body, string error)
    {
        using var answer = await SendAsync(stack.Admin, App.NewId(), JsonNode.Parse(body)!.AsObject());
        await answer.AssertErrorAsync(HttpStatusCode.BadRequest, error);
    }

    [Fact]
    public async Task Only_administrators_of_apps_that_exist_may_say_how_many()
    {
        var id = App.NewId();
        var two = new JsonObject { ["replicas"] = 2 };
        using var unknown = await SendAsync(stack.Admin, id, two);
        await unknown.AssertErrorAsync(HttpStatusCode.NotFound, $"app '{id}' not found");
        using var somebody = await SendAsync(await stack.Admin.With(null).RegisteredAsync(), id, two);
        Assert.Equal(HttpStatusCode.Forbidden, somebody.StatusCode);
    }

    private static string Source(int version) => $$"""
        const who = () => `{{version}} ${process.pid}`;
        serve({ rpc: { who }, onJob: who });
        """;

    private static Task<HttpResponseMessage> SendAsync(ApiClient client, string appId, JsonObject body) =>
        client.SendAsync(new HttpRequestMessage(HttpMethod.Put, $"/api/v1/apps/{appId}/worker/replicas") { Content = JsonContent.Create(body) });

    private async Task ScaleAsync(App app, int count)
    {
        using var answer = await SendAsync(stack.Admin, app.Id, new JsonObject { ["replicas"] = count });
        Assert.Equal($$"""{"app_id":"{{app.Id}}","replicas":{{count}}}""", (await answer.JsonAsync(HttpStatusCode.OK)).ToJsonString());
    }

    private static Task RunsOnAsync(App app, int count) => Eventually.TrueAsync(
        async () => (await app.DetailAsync()) is var detail && detail["replicas"]!.GetValue<int>() == count && detail["hosts"]!.AsArray().Count == count,
        $"it does not run on {count} supervisors");

    // Who answers, of many calls at once and one after the other, through both hosts of the API.
    private async Task<IReadOnlySet<string>> AnswersAsync(App app)
    {
        var answers = new HashSet<string>();
        foreach (var admin in stack.Admins)
        {
            answers.UnionWith((await Task.WhenAll(Enumerable.Range(0, Calls).Select(_ => app.As(admin).RpcAsync("who")))).Select(answer => answer!.GetValue<string>()));
        }

        return answers;
    }
}
