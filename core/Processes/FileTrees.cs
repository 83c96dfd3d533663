using System.Diagnostics;

namespace RootCx.Core.Processes;

/// <summary>Folders that others may be writing in while we handle them.</summary>
public static class FileTrees
{
    /// <summary>
    /// Deletes a folder and all below it; nothing to do when it is not there. With <c>rm</c>, which walks by handles: whoever puts a link in the place of a folder meanwhile does not
    /// make us delete what that leads to, as walking by paths would.
    /// </summary>
    /// <exception cref="IOException">Something of it can't be deleted, for instance because somebody still writes there.</exception>
    public static void Delete(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.Delete(folder, recursive: true);
            return;
        }

        var rm = UnixTools.Find("rm") ?? throw new InvalidOperationException("rm (coreutils) is needed to delete folders of other users");
        using var process = Process.Start(new ProcessStartInfo(rm, ["-rf", "--", folder]) { RedirectStandardError = true, UseShellExecute = false })!; // a program of its own, not a document
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new IOException($"{folder} can't be deleted: {said.Trim()}");
        }
    }
}
