using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;

namespace RootCx.Core.Processes;

/// <summary>Gives files to another user. Needs the rights of root.</summary>
public static class FileOwner
{
    /// <summary>Gives one file, folder or link itself to <paramref name="user"/>.</summary>
    /// <exception cref="Win32Exception">The system refuses.</exception>
    public static void Give(string path, ProcessUser user)
    {
        if (LChown(path, user.UserId, user.GroupId) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{path} can't be given to user {user.UserId}");
        }
    }

    /// <summary>Gives a folder and all below it to <paramref name="user"/>; links are given themselves, not followed.</summary>
    /// <exception cref="IOException">Something of it can't be given.</exception>
    public static async Task GiveTreeAsync(string folder, ProcessUser user, ProcessGuardian guardian, CancellationToken cancellationToken)
    {
        var said = new List<string>();
        var owner = string.Create(CultureInfo.InvariantCulture, $"{user.UserId}:{user.GroupId}");
        var chown = UnixTools.Find("chown") ?? throw new InvalidOperationException("chown (coreutils) is needed to give files to another user");
        using var process = ChildProcess.Start(new ProcessStart(chown, ["-hR", owner, "--", folder]) { OnError = said.Add }, guardian);
        var exit = await process.Exited.WaitAsync(cancellationToken);
        if (exit.ExitCode != 0)
        {
            throw new IOException($"{folder} can't be given to user {user.UserId} ({exit}): {string.Join(' ', said)}");
        }
    }

    /// <summary>Whether every user can read <paramref name="path"/>, or enter it when it is a folder: by the permission bits of it and of all folders above.</summary>
    public static bool IsOpenToAll(string path)
    {
        const UnixFileMode Read = UnixFileMode.OtherRead;
        const UnixFileMode Enter = UnixFileMode.OtherExecute;
        if (OperatingSystem.IsWindows())
        {
            return false;
        }

        var full = Path.GetFullPath(path);
        if (File.Exists(full) && !File.GetUnixFileMode(full).HasFlag(Read))
        {
            return false;
        }

        for (var folder = Directory.Exists(full) ? full : Path.GetDirectoryName(full); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (!File.GetUnixFileMode(folder).HasFlag(Enter))
            {
                return false;
            }
        }

        return true;
    }

    [DllImport("libc", EntryPoint = "lchown", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int LChown([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint owner, uint group);
}
