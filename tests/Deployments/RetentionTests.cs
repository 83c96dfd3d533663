using System.Net;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Dapper;
using Npgsql;
using RootCx.Core.Retention;
using RootCx.Tests.Collections;
using RootCx.Tests.Frontends;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Deployments;

/// <summary>Old versions go, with what storage has of them; the live one never does.</summary>
public sealed class RetentionTests(PlatformStack stack)
{
    [Fact]
    public async Task The_last_versions_are_kept_and_the_live_one()
    {
        var app = new App(stack.Admin, App.NewId());
        for (var version = 1; version <= 5; version++)
        {
            await stack.Admin.DeployedAsync($"serve({{ version: () => {version} }});", app.Id);
        }

        await (await app.ActivateAsync(2)).JsonAsync(HttpStatusCode.OK);
        await using var host = RetentionHost.On(stack, kept: 2);
        await host.Get<VersionCollector>().CollectAsync(app.Id, TestContext.Current.CancellationToken);

        Assert.Equal("5 superseded, 4 superseded, 2 live!", await app.StatesAsync());
        await (await app.GetVersionAsync(3)).AssertErrorAsync(HttpStatusCode.NotFound, $"version 3 of app '{app.Id}' not found");
        Assert.Equal(3, (await BlobsAsync("deployments", app.Id)).Count);
        Assert.Equal(2, (await app.RpcAsync("version"))!.GetValue<int>());
        await (await app.ActivateAsync(4)).JsonAsync(HttpStatusCode.OK);
        Assert.Equal(4, (await app.RpcAsync("version"))!.GetValue<int>());
        await stack.Admin.DeployedAsync("serve({ version: () => 6 });", app.Id);
        Assert.Equal("6 live!, 5 superseded, 4 superseded, 2 superseded", await app.StatesAsync());
    }

    [Fact]
    public async Task The_timer_looks_at_all_apps_and_failures_do_not_cost_what_one_could_go_back_to()
    {
        var appId = App.NewId();
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(stack.Own.Description.Postgres) { SearchPath = "rootcx_system" });
        await using (var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            await connection.ExecuteAsync(
                """
                insert into deployments (app_id, version, state, archive, sha256, size)
                select @appId, n, case when n > 23 then 'failed' else 'superseded' end, @appId || '/' || n, repeat('0', 64), 1 from generate_series(1, 46) as n
                """,
                new { appId });
        }

        await using var host = RetentionHost.On(stack);
        await host.Get<VersionCollector>().CollectAsync(TestContext.Current.CancellationToken);
        var versions = await new App(stack.Admin, appId).VersionsAsync();
        Assert.Equal(Enumerable.Range(4, 20).Concat(Enumerable.Range(27, 20)).Reverse(), versions.Select(version => version["version"]!.GetValue<int>()));
    }

    [Fact]
    public async Task An_archive_that_a_kept_version_has_as_well_stays()
    {
        var app = await stack.Admin.DeployedAsync("serve({ version: () => 'same' });");
        await stack.Admin.DeployedAsync("serve({ version: () => 'other' });", app.Id);
        await stack.Admin.DeployedAsync("serve({ version: () => 'same' });", app.Id);
        await using var host = RetentionHost.On(stack, kept: 1);
        await host.Get<VersionCollector>().CollectAsync(app.Id, TestContext.Current.CancellationToken);

        Assert.Equal("3 live!", await app.StatesAsync());
        var archive = Assert.Single(await BlobsAsync("deployments", app.Id));
        Assert.Equal($"{app.Id}/{(await app.VersionsAsync())[0]["sha256"]}.tar.gz", archive);
    }

    [Fact]
    public async Task A_version_on_its_way_is_not_collected()
    {
        using var gate = new Gate(stack);
        var app = await stack.Admin.DeployedAsync("serve({});");
        using var logs = await app.LogsAsync();
        var waiting = stack.Admin.DeployAsync(app.Id, AppArchive.Of($"serve({{}}, {{ {gate.Hook} }});"));
        await logs.WaitForAsync("info", "at the gate");
        var behind = stack.Admin.DeployAsync(app.Id, AppArchive.Of("serve({ third: () => 3 });"));
        await Eventually.TrueAsync(async () => await app.StatesAsync() == "3 pending, 2 starting, 1 live!", "the third one does not wait");

        await using var host = RetentionHost.On(stack, kept: 1);
        await host.Get<VersionCollector>().CollectAsync(app.Id, TestContext.Current.CancellationToken);
        Assert.Equal("3 pending, 2 starting, 1 live!", await app.StatesAsync());
        gate.Open();
        Assert.All(await Task.WhenAll(waiting, behind), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal("3 live!, 2 superseded, 1 superseded", await app.StatesAsync());
    }

    [Fact]
    public async Task What_storage_has_of_no_version_goes_when_it_is_old()
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        var orphan = $"{app.Id}/{new string('0', 64)}.tar.gz";
        var icon = $"{app.Id}/{Guid.NewGuid():n}";
        await ContainerOf("deployments").UploadBlobAsync(orphan, new BinaryData("nobody's"), TestContext.Current.CancellationToken);
        await ContainerOf("icons").CreateIfNotExistsAsync(cancellationToken: TestContext.Current.CancellationToken);
        var bundle = $"{app.Id}/{Guid.NewGuid():n}/content";
        await ContainerOf("frontends").CreateIfNotExistsAsync(cancellationToken: TestContext.Current.CancellationToken);
        await ContainerOf("frontends").UploadBlobAsync(bundle, new BinaryData("nobody's"), TestContext.Current.CancellationToken);
        await ContainerOf("icons").UploadBlobAsync(icon, new BinaryData("nobody's"), TestContext.Current.CancellationToken);

        await using (var now = RetentionHost.On(stack))
        {
            await now.Get<OrphanSweeper>().SweepAsync(app.Id, TestContext.Current.CancellationToken);
        }

        Assert.Contains(orphan, await BlobsAsync("deployments", app.Id));
        Assert.Contains(icon, await BlobsAsync("icons", app.Id));
        Assert.Contains(bundle, await BlobsAsync("frontends", app.Id));

        await using var later = RetentionHost.On(stack, ahead: TimeSpan.FromHours(2));
        await later.Get<OrphanSweeper>().SweepAsync(app.Id, TestContext.Current.CancellationToken);
        var archive = Assert.Single(await BlobsAsync("deployments", app.Id));
        Assert.NotEqual(orphan, archive);
        Assert.Empty(await BlobsAsync("icons", app.Id));
        Assert.Empty(await BlobsAsync("frontends", app.Id));
    }

    [Fact]
    public async Task Pages_go_when_no_version_has_them_any_more()
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        var site = new Site(stack, app.Id);
        await site.DeployAsync(AppArchive.Of(("index.html", "first")));
        await site.DeployAsync(AppArchive.Of(("index.html", "second")));
        await stack.Admin.DeployedAsync("serve({ two: () => 2 });", app.Id);
        await site.DeployAsync(AppArchive.Of(("index.html", "third")));
        Assert.Equal(6, (await BlobsAsync("frontends", app.Id)).Count);

        // The first set was replaced; the second one belongs to a version that is kept.
        await using (var host = RetentionHost.On(stack))
        {
            await host.Get<VersionCollector>().CollectAsync(app.Id, TestContext.Current.CancellationToken);
        }

        Assert.Equal(4, (await BlobsAsync("frontends", app.Id)).Count);
        Assert.Equal(4, (await BlobsAsync("deployments", app.Id)).Count);
        await using (var host = RetentionHost.On(stack, kept: 1))
        {
            await host.Get<VersionCollector>().CollectAsync(app.Id, TestContext.Current.CancellationToken);
        }

        Assert.Equal(2, (await BlobsAsync("frontends", app.Id)).Count);
        Assert.Equal(2, (await BlobsAsync("deployments", app.Id)).Count);
        await site.ReadAsync("/", "third");
        (await stack.Admin.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"/api/v1/apps/{app.Id}"))).Dispose();
        Assert.Empty(await BlobsAsync("frontends", app.Id));
        Assert.Empty(await BlobsAsync("deployments", app.Id));
        await site.AssertMissingAsync("/");
    }

    [Fact]
    public async Task Archives_and_icons_of_an_app_go_with_it()
    {
        var manifest = Collection.Manifest(App.NewId());
        manifest["icon"] = "icon.svg";
        var app = await stack.Admin.InstalledAsync(manifest);
        foreach (var version in (string[])["one", "two"])
        {
            (await stack.Admin.DeployAsync(app.Id, AppArchive.Of(("index.ts", "serve({});"), ("icon.svg", $"<svg><!-- {version} --></svg>")))).Dispose();
        }

        Assert.Equal(2, (await BlobsAsync("deployments", app.Id)).Count);
        Assert.Equal(2, (await BlobsAsync("icons", app.Id)).Count);
        (await stack.Admin.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"/api/v1/apps/{app.Id}"))).Dispose();
        Assert.Empty(await BlobsAsync("deployments", app.Id));
        Assert.Empty(await BlobsAsync("icons", app.Id));
    }

    [Fact]
    public async Task Deploys_of_the_same_archive_while_versions_are_collected_all_go_live()
    {
        var app = await stack.Admin.DeployedAsync("serve({ same: () => true });");
        await using var host = RetentionHost.On(stack, kept: 1);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var collecting = Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                await host.Get<VersionCollector>().CollectAsync(app.Id, TestContext.Current.CancellationToken);
            }
        }, TestContext.Current.CancellationToken);
        for (var round = 0; round < 6; round++)
        {
            // The archive of the last version but one is this one, and is about to be collected.
            await stack.Admin.DeployedAsync("serve({ other: () => true });", app.Id);
            await stack.Admin.DeployedAsync("serve({ same: () => true });", app.Id);
        }

        await over.CancelAsync();
        await collecting;
        Assert.True((await app.RpcAsync("same"))!.GetValue<bool>());
        using var archive = await app.GetVersionAsync(13, "/archive");
        Assert.Equal(HttpStatusCode.OK, archive.StatusCode);
    }

    private async Task<IReadOnlyList<string>> BlobsAsync(string container, string appId)
    {
        var names = new List<string>();
        await foreach (var blob in ContainerOf(container).GetBlobsAsync(BlobTraits.None, BlobStates.None, $"{appId}/", TestContext.Current.CancellationToken))
        {
            names.Add(blob.Name);
        }

        return names;
    }

    private BlobContainerClient ContainerOf(string name) => new BlobServiceClient(stack.Own.Description.Storage).GetBlobContainerClient(name);
}
