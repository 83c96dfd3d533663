using Microsoft.Extensions.Options;
using RootCx.Core.Processes;
using RootCx.SupervisorHost.Hosting;
using RootCx.SupervisorHost.Workers;

namespace RootCx.SupervisorHost.Packages;

/// <summary>
/// The homes of installs. Bun keeps there what it unpacked and links it into versions, so each app has one of its own: what one may write another must not
/// trust. One that has grown over the limit of an install is thrown away when nobody uses it.
/// </summary>
public sealed class BunHomes(HostFolders folders, WorkerUsers users, IOptions<PackageOptions> options)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _used = [];

    /// <summary>The app's home, made if need be and kept until it is left.</summary>
    internal BunHome Enter(string appId)
    {
        var home = Path.Combine(folders.Packages, appId);
        lock (_gate)
        {
            _used[home] = _used.GetValueOrDefault(home) + 1;
            Directory.CreateDirectory(home);
        }

        if (users.For(appId) is { } user)
        {
            FileOwner.Give(home, user);
        }

        return new BunHome(home, () => Leave(home));
    }

    /// <summary>Removes the home of an app that is gone, unless it is being used.</summary>
    public bool TryRemove(string appId)
    {
        var home = Path.Combine(folders.Packages, appId);
        lock (_gate)
        {
            return !_used.ContainsKey(home) && folders.TryRemove(home);
        }
    }

    private void Leave(string home)
    {
        var isTooLarge = DiskUse.Of(home) > options.Value.InstallBytes;
        lock (_gate)
        {
            if (--_used[home] > 0)
            {
                return;
            }

            _used.Remove(home);
            if (isTooLarge)
            {
                folders.TryRemove(home);
            }
        }
    }
}

/// <summary>A home that is being used.</summary>
/// <param name="path">Where it is.</param>
/// <param name="leave">Called when it is no longer used.</param>
internal sealed class BunHome(string path, Action leave) : IDisposable
{
    /// <summary>Full path.</summary>
    public string Path { get; } = path;

    /// <inheritdoc />
    public void Dispose() => leave();
}
