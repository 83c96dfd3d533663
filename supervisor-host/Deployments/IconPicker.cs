using RootCx.Core.Deployments;
using RootCx.Core.Logs;
using RootCx.Core.Manifests;

namespace RootCx.SupervisorHost.Deployments;

/// <summary>Takes the icon that an app's manifest names out of an unpacked archive. One that can't be used is told in the app's log and is no reason to fail.</summary>
public sealed class IconPicker(AppManifests manifests, LogWriter logs)
{
    /// <summary>The image, or null.</summary>
    /// <param name="appId">The app.</param>
    /// <param name="folder">The archive as it was unpacked; nobody else can write there yet, and no link in it leads out of it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<AppIcon?> PickAsync(string appId, string folder, CancellationToken cancellationToken)
    {
        if ((await manifests.FindAsync(appId, cancellationToken))?.Icon is not { } path)
        {
            return null;
        }

        var file = new FileInfo(Path.GetFullPath(Path.Combine(folder, path)));
        var problem = path.Contains('\0', StringComparison.Ordinal) || !file.FullName.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? "it is not inside the archive"
            : !file.Exists ? "there is no such file in the archive"
            : AppIcons.TypeOf(path) is null ? "its name does not end like an image's"
            : file.Length > AppIcons.MostBytes ? $"it has more than {AppIcons.MostBytes} bytes"
            : null;
        if (problem is not null)
        {
            logs.Write(appId, LogLevels.System, $"icon '{path}' is not used: {problem}");
            return null;
        }

        return new AppIcon(await File.ReadAllBytesAsync(file.FullName, cancellationToken), AppIcons.TypeOf(path)!); // looked at above
    }
}
