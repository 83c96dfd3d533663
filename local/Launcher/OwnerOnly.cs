namespace RootCx.Local.Launcher;

/// <summary>Files and folders that nobody but their owner may read. Linux and macOS.</summary>
internal static class OwnerOnly
{
    private const UnixFileMode ForFiles = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode ForFolders = ForFiles | UnixFileMode.UserExecute;

    /// <summary>Creates a folder (mode 700), or gives that mode to one that is there.</summary>
    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            throw WrongSystem();
        }

        Directory.CreateDirectory(path, ForFolders);
        File.SetUnixFileMode(path, ForFolders);
    }

    /// <summary>Opens a file for writing; a new one gets mode 600.</summary>
    public static FileStream Open(string path, FileMode mode, FileShare share = FileShare.Read)
    {
        if (OperatingSystem.IsWindows())
        {
            throw WrongSystem();
        }

        return new FileStream(path, new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = share, UnixCreateMode = ForFiles });
    }

    private static LaunchException WrongSystem() => new("The launcher needs Linux or macOS; on Windows, use WSL.");
}
