using RootCx.Core.Deployments;
using RootCx.Local.Launcher;
using RootCx.SupervisorHost.Deployments;
using RootCx.SupervisorHost.Hosting;
using RootCx.SupervisorHost.Packages;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Deployments;

public sealed class VersionFolderTests(PlatformStack stack)
{
    [Fact]
    public async Task A_version_that_several_want_at_once_is_made_once()
    {
        var app = new App(stack.Admin, App.NewId());
        await stack.Admin.DeployAsync(app.Id, AppArchive.Of(
            ("index.ts", "serve({});"),
            ("package.json", """{"name":"x","scripts":{"postinstall":"echo made >> \"$HOME/made\""}}""")));
        await using var parts = new SupervisorParts(stack.Own.Description);
        await parts.Get<PackageCache>().StartAsync(TestContext.Current.CancellationToken);
        var folders = parts.Get<VersionFolders>();

        var made = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => folders.EnsureAsync(app.Id, 1, TestContext.Current.CancellationToken)));
        Assert.Single(made.Distinct());
        Assert.True(File.Exists(Path.Combine(made[0].Folder, "index.ts")));
        Assert.Single(await File.ReadAllLinesAsync(Path.Combine(parts.Get<HostFolders>().Packages, app.Id, "made"), TestContext.Current.CancellationToken));
        await parts.Get<PackageCache>().StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_version_that_went_live_without_anybody_hearing_of_it_is_not_made_so_twice()
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        var events = await app.EventsAsync(1);
        await using var parts = new SupervisorParts(stack.Own.Description);
        var deployment = await parts.Get<DeploymentStore>().FindAsync(app.Id, 1, TestContext.Current.CancellationToken);

        Assert.True(await parts.Get<DeploymentProgress>().GoLiveAsync(deployment!, "index.ts", fence: -1, TestContext.Current.CancellationToken));
        Assert.Equal(events.Count, (await app.EventsAsync(1)).Count);
        Assert.Equal("1 live!", await app.StatesAsync());
    }
}
