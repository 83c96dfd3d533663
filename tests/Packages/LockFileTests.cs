using System.Net;
using RootCx.Core.Deployments;
using RootCx.Local.Launcher;
using RootCx.SupervisorHost.Deployments;
using RootCx.SupervisorHost.Packages;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Packages;

/// <summary>A version has the packages that it was first installed with, wherever and whenever it is made anew.</summary>
public sealed class LockFileTests(PlatformStack stack)
{
    private const string Wanted = """{"name":"x","dependencies":{"@kept/plain":"^1.0.0"}}""";

    [Fact]
    public async Task A_version_without_a_lock_file_gets_the_same_packages_when_it_is_made_anew_and_another_one_newer_ones()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Add("@kept/plain", "1.0.0", "first");
        var archive = AppArchive.Of(
            ("index.ts", "import plain from '@kept/plain'; serve({ plain: () => plain });"),
            ("package.json", Wanted),
            (".npmrc", $"@kept:registry={registry.Url}"));
        var app = new App(stack.Admin, App.NewId());
        await DeployAsync(app, archive);
        Assert.Equal("first", (await app.RpcAsync("plain"))!.GetValue<string>());

        registry.Add("@kept/plain", "1.1.0", "newer");
        await using (var another = await InstallParts.StartAsync(stack, registry: null))
        {
            var anew = await another.Get<VersionFolders>().EnsureAsync(app.Id, 1, TestContext.Current.CancellationToken);
            Assert.Contains("first", InstallParts.Exported(anew.Folder, "@kept/plain"), StringComparison.Ordinal);
        }

        var next = new App(stack.Admin, App.NewId()); // Bun remembers for some minutes what an app was told of its packages
        await DeployAsync(next, archive);
        Assert.Equal("newer", (await next.RpcAsync("plain"))!.GetValue<string>());
    }

    [Fact]
    public async Task What_is_kept_holds_for_a_cache_at_another_address()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Add("@kept/plain", "1.0.0", "first", "files/of-1.0.0");
        var deployment = await DeployedAsync();
        await using (var one = await InstallParts.StartAsync(stack, registry.Url))
        {
            var folder = one.Unpacked(deployment.AppId, ("package.json", Wanted));
            await one.InstallAsync(deployment.AppId, folder);
            Assert.Contains(one.Cache.Address!.AbsoluteUri, await LockOfAsync(folder), StringComparison.Ordinal);
            await one.Get<LockFiles>().KeepAsync(deployment, folder, TestContext.Current.CancellationToken);
        }

        registry.Add("@kept/plain", "1.1.0", "newer");
        await using var other = await InstallParts.StartAsync(stack, registry.Url);
        var anew = other.Unpacked(deployment.AppId, ("package.json", Wanted));
        await other.Get<LockFiles>().RestoreAsync(deployment, anew, TestContext.Current.CancellationToken);
        Assert.Contains(other.Cache.Address!.AbsoluteUri, await LockOfAsync(anew), StringComparison.Ordinal);
        await other.InstallAsync(deployment.AppId, anew);
        Assert.Contains("first", InstallParts.Exported(anew, "@kept/plain"), StringComparison.Ordinal);
        Assert.Equal(2, registry.DownloadsFrom("files/of-1.0.0"));
    }

    [Theory]
    [InlineData("no lock file")]
    [InlineData("""{"packages":{}}""")]
    [InlineData("[]")]
    [InlineData("")]
    public async Task What_is_no_lock_file_is_not_kept(string content)
    {
        var deployment = await DeployedAsync();
        await using var parts = await InstallParts.StartAsync(stack, registry: null);
        var folder = FolderOf(parts, deployment, content);
        await parts.Get<LockFiles>().KeepAsync(deployment, folder, TestContext.Current.CancellationToken);
        Assert.Null(await parts.Get<DeploymentStore>().LockFileAsync(deployment.Id, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Nothing_is_kept_from_behind_a_link_or_in_excess_and_what_was_kept_first_stays()
    {
        const string Lock = """{"lockfileVersion":1,}""";
        var deployment = await DeployedAsync();
        await using var parts = await InstallParts.StartAsync(stack, registry: null);
        var elsewhere = FolderOf(parts, deployment, Lock);
        var folder = FolderOf(parts, deployment, null);
        File.CreateSymbolicLink(Path.Combine(folder, "bun.lock"), Path.Combine(elsewhere, "bun.lock"));
        await parts.Get<LockFiles>().KeepAsync(deployment, folder, TestContext.Current.CancellationToken);
        await parts.Get<LockFiles>().KeepAsync(deployment, FolderOf(parts, deployment, Lock + new string(' ', 4 * 1024 * 1024)), TestContext.Current.CancellationToken);
        Assert.Null(await parts.Get<DeploymentStore>().LockFileAsync(deployment.Id, TestContext.Current.CancellationToken));

        await parts.Get<LockFiles>().KeepAsync(deployment, elsewhere, TestContext.Current.CancellationToken);
        await parts.Get<LockFiles>().KeepAsync(deployment, FolderOf(parts, deployment, """{"lockfileVersion":2}"""), TestContext.Current.CancellationToken);
        Assert.Equal(Lock, await parts.Get<DeploymentStore>().LockFileAsync(deployment.Id, TestContext.Current.CancellationToken));
    }

    private static string FolderOf(InstallParts parts, Deployment deployment, string? lockFile)
    {
        var package = ("package.json", "{}");
        return lockFile is null ? parts.Unpacked(deployment.AppId, package) : parts.Unpacked(deployment.AppId, package, ("bun.lock", lockFile));
    }

    private static Task<string> LockOfAsync(string folder) => File.ReadAllTextAsync(Path.Combine(folder, "bun.lock"), TestContext.Current.CancellationToken);

    private async Task DeployAsync(App app, byte[] archive)
    {
        using var answer = await stack.Admin.DeployAsync(app.Id, archive);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    // One without packages, to keep something for.
    private async Task<Deployment> DeployedAsync()
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        await using var parts = new SupervisorParts(stack.Own.Description);
        return (await parts.Get<DeploymentStore>().FindAsync(app.Id, 1, TestContext.Current.CancellationToken))!; // just deployed
    }
}
