using System.Globalization;
using RootCx.Core.Processes;

namespace RootCx.SupervisorHost.Workers;

/// <summary>The folder that this supervisor's workers have theirs in: under a name that can't be guessed, for nobody else to enter.</summary>
internal static class TemporaryFolders
{
    private const string Prefix = "rootcx-workers-";
    private const string OwnerFile = "owner";

    /// <summary>Makes one, and removes those of supervisors that were killed, as far as they are ours.</summary>
    public static string Create()
    {
        foreach (var leftover in Directory.EnumerateDirectories(Path.GetTempPath(), Prefix + "*"))
        {
            try
            {
                if (!IsOwned(leftover))
                {
                    Directory.Delete(leftover, recursive: true);
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Another user's, or just being removed by somebody else.
            }
        }

        var folder = Directory.CreateTempSubdirectory(Prefix).FullName;
        File.WriteAllText(Path.Combine(folder, OwnerFile), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        return folder;
    }

    private static bool IsOwned(string folder)
    {
        var file = Path.Combine(folder, OwnerFile);
        return !File.Exists(file) // being made, or unreadable
            || !int.TryParse(File.ReadAllText(file), NumberStyles.None, CultureInfo.InvariantCulture, out var owner)
            || (owner != Environment.ProcessId && ProcessSignals.Send(owner, UnixSignal.None));
    }
}
