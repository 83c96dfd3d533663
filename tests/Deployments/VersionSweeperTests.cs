using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;
using RootCx.Core.Workers;
using RootCx.Local.Launcher;
using RootCx.SupervisorHost.Deployments;
using RootCx.SupervisorHost.Hosting;
using RootCx.SupervisorHost.Workers;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Deployments;

public sealed class VersionSweeperTests(PlatformStack stack)
{
    [Fact]
    public async Task Versions_that_are_gone_or_failed_leave_the_disk_and_the_others_stay()
    {
        await using var parts = new SupervisorParts(stack.Own.Description);
        var appId = App.NewId();
        var states = new[] { "pending", "installing", "starting", "live", "superseded", "failed" };
        var folders = new Dictionary<string, string>();
        foreach (var state in states)
        {
            folders[state] = Version(parts, appId, (await AddAsync(parts, appId, state)).ToString("n"));
        }

        var gone = Version(parts, appId, Guid.NewGuid().ToString("n"));
        var odd = Version(parts, appId, "of-an-older-kind");
        var uninstalled = Version(parts, App.NewId(), Guid.NewGuid().ToString("n"));
        var otherApps = Version(parts, App.NewId(), Path.GetFileName(Path.GetDirectoryName(folders["live"])!));

        Assert.Equal(5, await SweepAsync(parts));
        Assert.All(states[..^1], state => Assert.True(File.Exists(Path.Combine(folders[state], "index.ts")), state));
        Assert.All([folders["failed"], gone, odd, uninstalled, otherApps], folder => Assert.False(Directory.Exists(folder), folder));
        Assert.Empty(Directory.EnumerateFileSystemEntries(parts.Get<HostFolders>().Staging));
        Assert.Equal(0, await SweepAsync(parts));
    }

    [Fact]
    public async Task Homes_of_apps_that_are_gone_leave_the_disk()
    {
        await using var parts = new SupervisorParts(stack.Own.Description);
        var (here, gone) = (App.NewId(), App.NewId());
        await AddAsync(parts, here, "failed");
        var homes = parts.Get<HostFolders>().Packages;
        Directory.CreateDirectory(Path.Combine(homes, here, ".bun"));
        Directory.CreateDirectory(Path.Combine(homes, gone, ".bun"));

        Assert.Equal(1, await SweepAsync(parts));
        Assert.Equal([here], Directory.EnumerateDirectories(homes).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_version_that_runs_stays_until_it_has_ended()
    {
        await using var parts = new SupervisorParts(stack.Own.Description);
        var app = parts.Get<AppSupervisors>().GetOrAdd(App.NewId());
        var folder = Version(parts, app.AppId, Guid.NewGuid().ToString("n"));
        await app.StartAsync(new AppVersion(app.AppId, 1, folder, "index.ts"), isAskedFor: true, () => true, TestContext.Current.CancellationToken);

        Assert.Equal(0, await SweepAsync(parts));
        Assert.Equal(WorkerStatus.Running, app.Status.Status);

        await app.StopAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(async () => await SweepAsync(parts) == 1, "the folder was not removed");
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task It_sweeps_at_start_and_every_hour()
    {
        var clock = new ManualClock();
        await using var parts = new SupervisorParts(stack.Own.Description, services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock)));
        var first = Version(parts, App.NewId(), Guid.NewGuid().ToString("n"));
        await parts.Get<VersionSweeper>().StartAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => !Directory.Exists(first) && clock.IsAwaited(TimeSpan.FromHours(1)), "it did not sweep at start");

        var second = Version(parts, App.NewId(), Guid.NewGuid().ToString("n"));
        clock.Advance(TimeSpan.FromHours(1));
        await Eventually.TrueAsync(() => !Directory.Exists(second), "it did not sweep again");
        await parts.Get<VersionSweeper>().StopAsync(TestContext.Current.CancellationToken);
    }

    private static Task<int> SweepAsync(SupervisorParts parts) => parts.Get<VersionSweeper>().SweepAsync(TestContext.Current.CancellationToken);

    private static string Version(SupervisorParts parts, string appId, string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(parts.Get<HostFolders>().Versions, appId, name, "1")).FullName;
        File.WriteAllText(Path.Combine(folder, "index.ts"), "serve({});");
        return folder;
    }

    private static async Task<Guid> AddAsync(SupervisorParts parts, string appId, string state)
    {
        await using var connection = await parts.Get<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        return await connection.QuerySingleAsync<Guid>(
            """
            insert into deployments (app_id, version, archive, sha256, size, state)
            select @appId, coalesce(max(version), 0) + 1, 'none', 'none', 0, @state from deployments where app_id = @appId
            returning id
            """,
            new { appId, state });
    }
}
