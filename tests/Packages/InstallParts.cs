using Microsoft.Extensions.DependencyInjection;
using RootCx.Core.Deployments;
using RootCx.Local.Launcher;
using RootCx.SupervisorHost.Deployments;
using RootCx.SupervisorHost.Hosting;
using RootCx.SupervisorHost.Packages;
using RootCx.SupervisorHost.Workers;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Packages;

/// <summary>What installs packages, in this process, with its cache running.</summary>
internal sealed class InstallParts : IAsyncDisposable
{
    private readonly SupervisorParts _parts;

    private InstallParts(SupervisorParts parts) => _parts = parts;

    public PackageCache Cache => _parts.Get<PackageCache>();

    public HostFolders Folders => _parts.Get<HostFolders>();

    public static async Task<InstallParts> StartAsync(
        PlatformStack stack, string? registry, Action<PackageOptions>? packages = null, Action<DeploymentOptions>? deployments = null)
    {
        var parts = new InstallParts(new SupervisorParts(stack.Own.Description, services => services
            .Configure<PackageOptions>(options =>
            {
                options.Registry = registry;
                packages?.Invoke(options);
            })
            .Configure<DeploymentOptions>(options => deployments?.Invoke(options))));
        await parts.Cache.StartAsync(TestContext.Current.CancellationToken);
        return parts;
    }

    public T Get<T>()
        where T : notnull => _parts.Get<T>();

    /// <summary>An unpacked version, ready to be installed; its folder.</summary>
    public string Unpacked(string appId, params (string Path, string Content)[] files)
    {
        var folder = _parts.Version(appId, "serve({});").Folder;
        foreach (var (path, content) in files)
        {
            File.WriteAllText(Path.Combine(folder, path), content);
        }

        // As for a version that was just unpacked.
        if (Get<WorkerUsers>().For(appId) is { } user)
        {
            foreach (var path in Directory.EnumerateFileSystemEntries(folder).Append(folder))
            {
                Core.Processes.FileOwner.Give(path, user);
            }
        }

        return folder;
    }

    public Task InstallAsync(string appId, string folder) => Get<PackageInstaller>().InstallAsync(appId, folder, LockFiles.IsIn(folder), TestContext.Current.CancellationToken);

    /// <summary>Installs a version of an app of its own.</summary>
    public async Task<string> InstalledAsync(params (string Path, string Content)[] files)
    {
        var appId = App.NewId();
        var folder = Unpacked(appId, files);
        await InstallAsync(appId, folder);
        return folder;
    }

    /// <summary>The same, and it has to fail; the error for the deployer.</summary>
    public async Task<string> RefusedAsync(params (string Path, string Content)[] files)
    {
        var refusal = await Assert.ThrowsAsync<DeploymentFailedException>(() => InstalledAsync(files));
        Assert.Equal(DeploymentFailure.Install, refusal.Failure);
        return refusal.Message;
    }

    /// <summary>The text of the only file of an installed package.</summary>
    public static string Exported(string folder, string package) => File.ReadAllText(Path.Combine(folder, "node_modules", package, "index.js"));

    public async ValueTask DisposeAsync()
    {
        await Cache.StopAsync(CancellationToken.None);
        await _parts.DisposeAsync();
    }
}
