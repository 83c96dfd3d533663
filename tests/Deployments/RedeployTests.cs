using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Deployments;

/// <summary>Callers don't notice that an app is deployed anew. Alone, for so many callers would keep all other tests waiting.</summary>
[Collection(typeof(AloneCollection))]
public sealed class RedeployTests(PlatformStack stack)
{
    private const int Callers = 200;

    private static readonly int[] Waits = [0, 50, 100, 200]; // of a handler, in milliseconds

    private readonly ConcurrentBag<string> _lost = [];
    private int _answered;
    private int _live = 1;

    [Fact]
    public async Task No_call_of_two_hundred_callers_is_lost_in_three_redeploys_one_of_which_fails()
    {
        var app = await stack.Admin.DeployedAsync(Source(1));
        using var stop = new CancellationTokenSource();
        var calling = Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => CallAsync(app, caller, stop.Token)));
        try
        {
            await AllAnswerAsync();
            await RedeployAsync(app, 2);
            await AllAnswerAsync();

            using (var failed = await stack.Admin.DeployAsync(app.Id, AppArchive.Of($"throw new Error('not this one'); {Source(3)}")))
            {
                await failed.AssertErrorContainsAsync(HttpStatusCode.UnprocessableEntity, "not this one");
            }

            await AllAnswerAsync();
            await RedeployAsync(app, 4);
            await AllAnswerAsync();
        }
        finally
        {
            await stop.CancelAsync();
        }

        await calling;
        Assert.Empty(_lost);
    }

    private static string Source(int version) => $$"""
        serve({ work: async ({ number, wait }) => { if (wait) await Bun.sleep(wait); return { number, version: {{version}} }; } });
        """;

    private async Task RedeployAsync(App app, int version)
    {
        await stack.Admin.DeployedAsync(Source(version), app.Id);
        Volatile.Write(ref _live, version);
    }

    // As many calls as there are callers, from now on.
    private Task AllAnswerAsync()
    {
        var enough = Volatile.Read(ref _answered) + Callers;
        return Eventually.TrueAsync(() => Volatile.Read(ref _answered) >= enough, "the callers wait");
    }

    private async Task CallAsync(App app, int caller, CancellationToken stop)
    {
        for (var number = caller; !stop.IsCancellationRequested; number += Callers)
        {
            var live = Volatile.Read(ref _live);
            using var answer = await app.SendRpcAsync("work", new JsonObject { ["number"] = number, ["wait"] = Waits[caller % Waits.Length] });
            var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            if (answer.StatusCode != HttpStatusCode.OK || JsonNode.Parse(text) is not { } value || value["number"]!.GetValue<int>() != number
                || value["version"]!.GetValue<int>() is 3 or > 4 || value["version"]!.GetValue<int>() < live)
            {
                _lost.Add($"call {number}, begun on version {live}: {(int)answer.StatusCode} {text}");
            }

            Interlocked.Increment(ref _answered);
        }
    }
}
