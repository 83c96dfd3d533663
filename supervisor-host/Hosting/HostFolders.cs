using Microsoft.Extensions.Options;
using RootCx.Core.Processes;
using RootCx.SupervisorHost.Workers;

namespace RootCx.SupervisorHost.Hosting;

/// <summary>
/// Where this supervisor keeps things on its disk. Workers that run as users of their own must be able to reach their code, Bun and the shim; what lies
/// below a folder that is closed to them is kept, or copied to, below the temporary folder instead.
/// </summary>
public sealed partial class HostFolders : IDisposable
{
    private const UnixFileMode PassThrough = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly Lock _gate = new();
    private readonly bool _separate;
    private readonly ILogger<HostFolders> _logger;

    /// <summary>Makes the folders; those of earlier runs that were killed are removed.</summary>
    public HostFolders(IOptions<SupervisorOptions> options, WorkerUsers users, ILogger<HostFolders> logger)
    {
        _logger = logger;
        _separate = users.AreSeparate;
        Workers = TemporaryFolders.Create();
        var data = Path.GetFullPath(options.Value.DataFolder);
        Directory.CreateDirectory(data);
        if (_separate)
        {
            Open(Workers);
            if (!FileOwner.IsOpenToAll(data))
            {
                Log.Closed(logger, data, Workers);
                data = Workers;
            }
        }

        Versions = Make(data, "apps");
        Staging = Make(data, "staging");
        Packages = Make(data, "bun");
        BunSettings = Make(data, "bun-settings");
        Tarballs = Make(data, "tarballs");
        Close(Tarballs);
    }

    /// <summary>For the workers' own temporary folders.</summary>
    public string Workers { get; }

    /// <summary>For unpacked versions.</summary>
    public string Versions { get; }

    /// <summary>For versions that are being made; what lies there is of no use to anybody after a restart.</summary>
    public string Staging { get; }

    /// <summary>For the homes that Bun has when it installs packages, one for each app.</summary>
    public string Packages { get; }

    /// <summary>For the settings of all installs, which they can read.</summary>
    public string BunSettings { get; }

    /// <summary>For tarballs of packages, which nobody else can reach.</summary>
    public string Tarballs { get; }

    /// <summary>A file or folder of the platform's where workers can reach it: itself, or a copy.</summary>
    public string Reachable(string path)
    {
        var source = Directory.Exists(path) ? path : Path.GetDirectoryName(path)!; // a file lies in a folder
        if (!_separate || FileOwner.IsOpenToAll(path))
        {
            return path;
        }

        var target = Make(Make(Workers, "platform"), Path.GetFileName(source));
        foreach (var file in path == source ? Directory.EnumerateFiles(source) : [path])
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)), overwrite: true);
        }

        return path == source ? target : Path.Combine(target, Path.GetFileName(path));
    }

    /// <summary>Puts what was made at <paramref name="staging"/> to <paramref name="folder"/>, in the place of what may be there.</summary>
    /// <exception cref="IOException">What was there can't be removed.</exception>
    public void Place(string staging, string folder)
    {
        FileTrees.Delete(folder);
        lock (_gate)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder)!); // never a root
            Directory.Move(staging, folder);
        }
    }

    /// <summary>Removes a folder that nothing is left in.</summary>
    public void RemoveIfEmpty(string folder)
    {
        lock (_gate)
        {
            if (!Directory.EnumerateFileSystemEntries(folder).Any())
            {
                Directory.Delete(folder);
            }
        }
    }

    /// <summary>
    /// Removes a version or a home: out of the way in one step, so that nobody finds half of it. What of it can't be deleted, because something still
    /// writes there, goes at the next start. False when it is still where it was.
    /// </summary>
    public bool TryRemove(string folder)
    {
        var aside = Path.Combine(Staging, Guid.NewGuid().ToString("n"));
        try
        {
            Directory.Move(folder, aside);
            FileTrees.Delete(aside);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Log.NotRemoved(_logger, exception, folder);
            return Directory.Exists(aside);
        }
    }

    /// <summary>Removes what is only of use while this process runs.</summary>
    public void Dispose() => TemporaryFolders.Remove(Workers);

    private string Make(string parent, string name)
    {
        var folder = Path.Combine(parent, name);
        Directory.CreateDirectory(folder);
        if (_separate)
        {
            Open(folder);
        }

        return folder;
    }

    private static void Open(string folder)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder, PassThrough);
        }
    }

    private static void Close(string folder)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2301, LogLevel.Information, "Workers' users can't enter {DataFolder}: versions are unpacked below {Folder}, and anew at each start")]
        public static partial void Closed(ILogger logger, string dataFolder, string folder);

        [LoggerMessage(2302, LogLevel.Warning, "{Folder} could not be removed")]
        public static partial void NotRemoved(ILogger logger, Exception exception, string folder);
    }
}
