using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using RootCx.Core.Processes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Workers;

/// <summary>Two supervisors share the apps, and each takes over what the other one can't run any more.</summary>
[Collection(PairCollection.Name)]
public sealed class SharedAppsTests(PairStack stack)
{
    private const int Apps = 4;

    [Fact]
    public async Task Apps_are_shared_out_handed_over_when_one_drains_and_taken_over_when_one_dies()
    {
        await using var deployed = await stack.DeployedAsync(Apps, "serve({ echo: async ({ n }) => { await Bun.sleep(20); return n; } });");
        var apps = deployed.All;

        await Eventually.TrueAsync(async () => await AreSharedAsync(apps), "the apps are not shared out");

        // Told to end, it gives its apps away while it still answers; when it is back, it gets its share again. No call notices.
        await using (var load = new Load(apps))
        {
            stack.Signal("supervisor", UnixSignal.Terminate);
            await Eventually.TrueAsync(async () => (await HostsAsync(apps)).All(host => host == "local-2"), "the apps were not handed over");
            await Eventually.TrueAsync(async () => await AreSharedAsync(apps), "the one that came back has no share");
            await load.StopAsync();
            Assert.Empty(load.Failures);
            Assert.True(load.Answered > 100, $"only {load.Answered} calls were made");
        }

        // Killed, it loses them; and it may not come back before they run elsewhere.
        var orphans = (await HostsAsync(apps)).Count(host => host == "local-2");
        stack.Signal("supervisor-2", UnixSignal.Kill);
        Assert.Equal(Apps / 2, orphans);
        await Eventually.TrueAsync(
            async () =>
            {
                foreach (var app in apps)
                {
                    using var answer = await app.SendRpcAsync("echo", new JsonObject { ["n"] = 1 });
                    if (answer.StatusCode != HttpStatusCode.OK)
                    {
                        return false;
                    }
                }

                return true;
            },
            "the apps of the one that died did not come back");
    }

    private static async Task<List<string?>> HostsAsync(IEnumerable<App> apps)
    {
        var hosts = new List<string?>();
        foreach (var app in apps)
        {
            hosts.Add(await PairStack.HolderAsync(app));
        }

        return hosts;
    }

    private static async Task<bool> AreSharedAsync(IEnumerable<App> apps)
    {
        var hosts = await HostsAsync(apps);
        return hosts.Count(host => host == "local") == Apps / 2 && hosts.Count(host => host == "local-2") == Apps / 2;
    }

    // Calls all apps again and again, several at a time.
    private sealed class Load : IAsyncDisposable
    {
        private readonly ConcurrentQueue<string> _failures = new();
        private readonly Task _running;
        private volatile bool _over;
        private int _answered;

        public Load(IReadOnlyList<App> apps) => _running = Task.WhenAll(apps.SelectMany(app => Enumerable.Range(0, 2).Select(_ => CallAsync(app))));

        public IReadOnlyCollection<string> Failures => _failures;

        public int Answered => _answered;

        public Task StopAsync()
        {
            _over = true;
            return _running;
        }

        public async ValueTask DisposeAsync() => await StopAsync();

        private async Task CallAsync(App app)
        {
            for (var n = 0; !_over; n++)
            {
                using var answer = await app.SendRpcAsync("echo", new JsonObject { ["n"] = n });
                var text = await answer.Content.ReadAsStringAsync();
                if (answer.StatusCode != HttpStatusCode.OK || text != $"{n}")
                {
                    _failures.Enqueue($"{app.Id} {n}: {(int)answer.StatusCode} {text}");
                }

                Interlocked.Increment(ref _answered);
            }
        }
    }
}
