using System.Globalization;

namespace RootCx.Local.Launcher;

/// <summary>
/// The folder that keeps everything between two starts, held by one launcher at a time. The lock is on an open file, so the system itself lets
/// go of it however the launcher ends.
/// </summary>
internal sealed class DataFolder : IDisposable
{
    private readonly FileStream _lock;

    private DataFolder(string root, FileStream heldLock)
    {
        Root = root;
        _lock = heldLock;
    }

    public string Root { get; }

    public string Postgres => Path.Combine(Root, "postgres");

    public string Azurite => Path.Combine(Root, "azurite");

    public string Supervisor => Path.Combine(Root, "supervisor");

    public string Secrets => Path.Combine(Root, "secrets.json");

    public string Admin => Path.Combine(Root, "admin.json");

    public string Stack => Path.Combine(Root, "run", "stack.json");

    public string Children => Path.Combine(Root, "run", "children.json");

    public string Log(string part) => Path.Combine(Root, "logs", part + ".log");

    /// <summary>Creates the folder where needed and takes its lock.</summary>
    /// <param name="path">Full path.</param>
    /// <exception cref="LaunchException">It can't be used, holds something else, or another launcher has it.</exception>
    public static DataFolder Open(string path)
    {
        try
        {
            if (Directory.Exists(path) && !Directory.Exists(Path.Combine(path, "run")) && Directory.EnumerateFileSystemEntries(path).Any())
            {
                throw new LaunchException($"{path} is neither empty nor a data folder of ours; choose another one with --data.");
            }

            OwnerOnly.CreateFolder(path);
            foreach (var part in (string[])["run", "logs", "postgres", "azurite", "supervisor"])
            {
                OwnerOnly.CreateFolder(Path.Combine(path, part));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LaunchException($"The data folder {path} can't be used: {exception.Message} Choose another one with --data.", exception);
        }

        var folder = new DataFolder(path, TakeLock(path));
        folder.DropDrafts();
        return folder;
    }

    /// <summary>Lets go of the lock.</summary>
    public void Dispose() => _lock.Dispose();

    // What a launcher killed while writing a file left beside it; see PrivateFile.
    private void DropDrafts()
    {
        foreach (var draft in ((string[])[Root, Path.Combine(Root, "run")]).SelectMany(place => Directory.EnumerateFiles(place, "*" + PrivateFile.DraftSuffix)))
        {
            File.Delete(draft);
        }
    }

    private static FileStream TakeLock(string path)
    {
        var holder = Path.Combine(path, "run", "launcher.pid");
        try
        {
            var held = OwnerOnly.Open(Path.Combine(path, "run", "launcher.lock"), FileMode.OpenOrCreate, FileShare.None);
            File.WriteAllText(holder, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return held;
        }
        catch (IOException exception) when (File.Exists(holder))
        {
            throw new LaunchException(
                $"The data folder {path} is in use by another launcher (pid {File.ReadAllText(holder).Trim()}); stop that one, or choose another folder with --data.",
                exception);
        }
    }
}
