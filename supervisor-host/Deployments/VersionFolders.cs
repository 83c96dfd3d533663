using System.Collections.Concurrent;
using System.Globalization;
using RootCx.Core.Deployments;
using RootCx.Core.Deployments.Archives;
using RootCx.Core.Processes;
using RootCx.SupervisorHost.Hosting;
using RootCx.SupervisorHost.Packages;
using RootCx.SupervisorHost.Workers;

namespace RootCx.SupervisorHost.Deployments;

/// <summary>
/// Unpacked versions on this machine's disk. A version is made in a staging folder and moved into its place when it is complete, so a folder
/// that is there is whole. What is missing is made again from the archive.
/// </summary>
public sealed class VersionFolders
{
    private readonly DeploymentStore _store;
    private readonly DeploymentArchives _archives;
    private readonly ArchiveExtractor _extractor;
    private readonly IconPicker _icons;
    private readonly PackageInstaller _installer;
    private readonly LockFiles _locks;
    private readonly HostFolders _folders;
    private readonly WorkerUsers _users;
    private readonly ProcessGuardian _guardian;
    private readonly ConcurrentDictionary<Guid, Lazy<Task<AppVersion>>> _making = new();

    /// <summary>Clears what an earlier run left half done.</summary>
    public VersionFolders(
        DeploymentStore store,
        DeploymentArchives archives,
        ArchiveExtractor extractor,
        IconPicker icons,
        PackageInstaller installer,
        LockFiles locks,
        HostFolders folders,
        WorkerUsers users,
        ProcessGuardian guardian)
    {
        _store = store;
        _archives = archives;
        _extractor = extractor;
        _icons = icons;
        _installer = installer;
        _locks = locks;
        _folders = folders;
        _users = users;
        _guardian = guardian;
        foreach (var leftover in Directory.EnumerateDirectories(folders.Staging))
        {
            Discard(leftover);
        }
    }

    /// <summary>The folder of a version that was made once before, here or elsewhere.</summary>
    /// <exception cref="DeploymentFailedException">It can't be made any more.</exception>
    public async Task<AppVersion> EnsureAsync(string appId, int version, CancellationToken cancellationToken) => await EnsureAsync(
        await _store.FindAsync(appId, version, cancellationToken) ?? throw new InvalidOperationException($"{appId} has no version {version}."), cancellationToken);

    /// <summary>The same.</summary>
    /// <exception cref="DeploymentFailedException">It can't be made any more.</exception>
    public async Task<AppVersion> EnsureAsync(Deployment deployment, CancellationToken cancellationToken) =>
        Find(deployment)
        ?? await _making.GetOrAdd(deployment.Id, _ => new Lazy<Task<AppVersion>>(() => MakeAgainAsync(deployment))).Value.WaitAsync(cancellationToken);

    /// <summary>Unpacks the deployment's archive, finds entry point and icon, installs packages.</summary>
    /// <param name="deployment">What to make.</param>
    /// <param name="unpacked">Called when the archive has turned out to be fine and packages are to be installed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="DeploymentFailedException">The archive is unsafe, unreadable or has no entry point, or its packages don't install.</exception>
    public async Task<MadeVersion> MakeAsync(Deployment deployment, Func<Task> unpacked, CancellationToken cancellationToken)
    {
        var staging = Path.Combine(_folders.Staging, Guid.NewGuid().ToString("n"));
        CreatePrivate(staging);
        try
        {
            await UnpackAsync(deployment, staging, cancellationToken);
            var entryPoint = EntryPoint.Resolve(staging)
                ?? throw new DeploymentFailedException(DeploymentFailure.Archive, EntryPoint.NotFoundMessage);
            var icon = await _icons.PickAsync(deployment.AppId, staging, cancellationToken); // before anybody else may write there
            await unpacked();
            var isFrozen = LockFiles.IsIn(staging);
            if (!isFrozen)
            {
                await _locks.RestoreAsync(deployment, staging, cancellationToken);
            }

            if (_users.For(deployment.AppId) is { } user)
            {
                await FileOwner.GiveTreeAsync(staging, user, _guardian, cancellationToken);
            }

            await _installer.InstallAsync(deployment.AppId, staging, isFrozen, cancellationToken);
            if (!isFrozen)
            {
                await _locks.KeepAsync(deployment, staging, cancellationToken);
            }

            var folder = FolderOf(deployment);
            _folders.Place(staging, folder);
            return new MadeVersion(new AppVersion(deployment.AppId, deployment.Version, folder, entryPoint), icon);
        }
        finally
        {
            Discard(staging);
        }
    }

    private AppVersion? Find(Deployment deployment)
    {
        var folder = FolderOf(deployment);
        return Directory.Exists(folder) && EntryPoint.Resolve(folder) is { } entryPoint
            ? new AppVersion(deployment.AppId, deployment.Version, folder, entryPoint)
            : null;
    }

    // Once for all who want it at the same time, or the one would take away what the other's worker has just been started in; so it does not end with who asked first.
    private async Task<AppVersion> MakeAgainAsync(Deployment deployment)
    {
        try
        {
            return Find(deployment) ?? (await MakeAsync(deployment, () => Task.CompletedTask, CancellationToken.None)).Version;
        }
        finally
        {
            _making.TryRemove(deployment.Id, out _);
        }
    }

    /// <summary>Removes the folder of a version that will not be started again.</summary>
    public void Remove(Deployment deployment) => Discard(FolderOf(deployment));

    // Something that an install or a worker started may still write there; then the rest stays, and is cleared away when the version is made anew or, for
    // staging, at the next start.
    private static void Discard(string folder)
    {
        try
        {
            FileTrees.Delete(folder);
        }
        catch (IOException)
        {
            // See above.
        }
    }

    // Of the app's user, if it has one, and of nobody else's concern.
    private static void CreatePrivate(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("Versions are kept apart by file modes, which Windows does not have.");
        }

        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private async Task UnpackAsync(Deployment deployment, string staging, CancellationToken cancellationToken)
    {
        await using var archive = await _archives.OpenAsync(deployment.Archive, cancellationToken)
            ?? throw new InvalidOperationException($"The archive of version {deployment.Version} of {deployment.AppId} is not there.");
        try
        {
            await _extractor.ExtractAsync(archive, staging, cancellationToken);
        }
        catch (ArchiveException exception)
        {
            throw new DeploymentFailedException(DeploymentFailure.Archive, exception.Message, exception);
        }
    }

    // An app that was uninstalled and deployed anew has the same versions, of other deployments.
    private string FolderOf(Deployment deployment) => Path.Combine(
        _folders.Versions, deployment.AppId, deployment.Id.ToString("n"), deployment.Version.ToString(CultureInfo.InvariantCulture));
}

/// <summary>A version that was just made.</summary>
/// <param name="Version">The version.</param>
/// <param name="Icon">The app's icon in it, if there is one.</param>
public sealed record MadeVersion(AppVersion Version, AppIcon? Icon);
