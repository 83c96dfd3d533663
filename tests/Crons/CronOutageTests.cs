using System.Net;
using System.Text.Json.Nodes;
using RootCx.Tests.Jobs;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Crons;

/// <summary>Crons while Postgres stands still; on a platform apart.</summary>
[Collection(OwnStackCollection.Name)]
public sealed class CronOutageTests(OwnStack stack)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(8);

    [Fact]
    public async Task What_falls_due_while_the_database_is_paused_is_not_lost_and_timers_go_on_planning()
    {
        var app = await stack.Admin.DeployedAsync("serve({ onJob: () => 1 });");
        var skip = await app.CronAsync("1 seconds");
        var queue = await app.CronAsync("1 seconds", ("overlapPolicy", "queue"));
        await app.RunsBecomeAsync(queue, runs => runs.Count("completed") >= 2);
        var planned = await LastPlannedAsync(app);

        await using (await PausedProcess.PauseAsync(await stack.PidOfAsync("postgres"), withChildren: true))
        {
            await Task.Delay(Pause, TestContext.Current.CancellationToken);
        }

        var end = TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(2);
        AssertWhole(await app.RunsBecomeAsync(queue, runs => IsPast(runs, end) && Until(runs, end).All(run => run["status"]!.GetValue<string>() == "completed")));
        var skipped = await app.RunsBecomeAsync(skip, runs => IsPast(runs, end) && Until(runs, end).Count() == Until(runs, end).Count("completed") + Until(runs, end).Count("skipped"));
        AssertWhole(skipped);
        Assert.True(skipped.Count("skipped") >= 3, "the latest of those that fell due together should have run alone");

        // 30 s later at most a timer has planned further ahead.
        await Eventually.TrueAsync(async () => await LastPlannedAsync(app) > planned, "nothing was planned", TimeSpan.FromSeconds(60));

        using var deleted = await stack.Admin.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"/api/v1/apps/{app.Id}")); // its crons would go on
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
    }

    private static bool IsPast(List<JsonNode> runs, DateTime end) => runs is [var latest, ..] && latest["dueAt"]!.GetValue<DateTime>() > end;

    private static IEnumerable<JsonNode> Until(List<JsonNode> runs, DateTime end) => runs.Where(run => run["dueAt"]!.GetValue<DateTime>() <= end);

    private static async Task<DateTime> LastPlannedAsync(App app) =>
        (await app.JobsAsync("?state=scheduled&limit=1000")).Max(job => job!["runAt"]!.GetValue<DateTime>());

    private static void AssertWhole(List<JsonNode> runs)
    {
        var dues = runs.ConvertAll(run => run["dueAt"]!.GetValue<DateTime>());
        Assert.All(dues.Zip(dues.Skip(1)), pair => Assert.Equal(TimeSpan.FromSeconds(1), pair.First - pair.Second));
        Assert.All(runs, run => Assert.Equal("schedule", run["trigger"]!.GetValue<string>()));
    }
}
