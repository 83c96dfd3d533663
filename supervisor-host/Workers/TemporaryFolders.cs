using System.Collections.Concurrent;
using System.Globalization;
using RootCx.Core.Processes;

namespace RootCx.SupervisorHost.Workers;

/// <summary>The folder that this supervisor's workers have theirs in: under a name that can't be guessed, for nobody else to enter.</summary>
internal static class TemporaryFolders
{
    private const string Prefix = "rootcx-workers-";
    private const string OwnerFile = "owner";

    // In a container every supervisor may have the same process id, so that alone does not tell whether a folder is this one's.
    private static readonly ConcurrentDictionary<string, bool> Own = new();

    /// <summary>Makes one, and removes those of supervisors that were killed, as far as they are ours.</summary>
    public static string Create()
    {
        foreach (var leftover in Directory.EnumerateDirectories(Path.GetTempPath(), Prefix + "*"))
        {
            if (!IsOwned(leftover))
            {
                Remove(leftover);
            }
        }

        var folder = Directory.CreateTempSubdirectory(Prefix).FullName;
        Own[folder] = true;
        File.WriteAllText(Path.Combine(folder, OwnerFile), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        return folder;
    }

    /// <summary>Removes one, as far as that is possible.</summary>
    public static void Remove(string folder)
    {
        try
        {
            FileTrees.Delete(folder);
        }
        catch (IOException)
        {
            // Somebody still writes there, or removes it just now; the next supervisor to start tries again.
        }
    }

    // One that can't be read is somebody else's, or is just being made.
    private static bool IsOwned(string folder)
    {
        try
        {
            return !int.TryParse(File.ReadAllText(Path.Combine(folder, OwnerFile)), NumberStyles.None, CultureInfo.InvariantCulture, out var owner)
                || (owner == Environment.ProcessId ? Own.ContainsKey(folder) : ProcessSignals.Send(owner, UnixSignal.None));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }
}
