using System.Net;
using System.Text.Json.Nodes;
using RootCx.Core.Channels;
using RootCx.Core.Processes;
using RootCx.Tests.Faults;
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
        using var notes = new CallNotes();
        await using var deployed = await stack.DeployedAsync(Apps, CallLoad.Source(notes.Folder));
        var apps = deployed.All;

        await Eventually.TrueAsync(async () => await AreSharedAsync(apps), "the apps are not shared out");

        // Told to end, it gives its apps away while it still answers; when it is back, it gets its share again. No call notices.
        await using (var load = new CallLoad(apps, stack.Admins))
        {
            stack.Signal("supervisor", UnixSignal.Terminate);
            await Eventually.TrueAsync(async () => (await HostsAsync(apps)).All(host => host == "local-2"), "the apps were not handed over");
            await Eventually.TrueAsync(async () => await AreSharedAsync(apps), "the one that came back has no share");
            await load.StopAsync();
            Assert.Empty(load.Book.Failures);
            Assert.True(load.Book.Succeeded > 100, $"only {load.Book.Succeeded} calls were made");
            Assert.Empty(load.Book.Complaints(notes.Read(), new RpcOptions().Timeout, mayBreak: false));
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
                    using var answer = await app.SendRpcAsync("run", new JsonObject { ["id"] = "afterwards" });
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
}
