using System.Globalization;

namespace RootCx.Local.Launcher;

/// <summary>Says who listens on a port, from what Linux shows in <c>/proc</c>.</summary>
internal static class PortOwner
{
    private const string Listening = "0A";

    /// <summary>For instance <c>node (pid 4711)</c>; null when it can't be found out, which includes other users' processes and other systems.</summary>
    public static string? Find(int port)
    {
        try
        {
            var sockets = Sockets("/proc/net/tcp", port).Concat(Sockets("/proc/net/tcp6", port)).Select(inode => $"socket:[{inode}]").ToHashSet();
            var owner = Directory.EnumerateDirectories("/proc").FirstOrDefault(process => Holds(process, sockets));
            return owner is null ? null : $"{File.ReadAllText(Path.Combine(owner, "comm")).Trim()} (pid {Path.GetFileName(owner)})";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // Columns: number, local address:port in hex, remote, state, queues, timer, retransmits, user, timeout, inode.
    private static IEnumerable<string> Sockets(string table, int port) =>
        !File.Exists(table) ? [] :
        from line in File.ReadLines(table).Skip(1)
        let columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        where columns.Length > 9 && columns[3] == Listening && columns[1].EndsWith(string.Create(CultureInfo.InvariantCulture, $":{port:X4}"), StringComparison.Ordinal)
        select columns[9];

    private static bool Holds(string process, HashSet<string> sockets)
    {
        try
        {
            return char.IsAsciiDigit(Path.GetFileName(process)[0])
                && Directory.EnumerateFiles(Path.Combine(process, "fd")).Any(handle => File.ResolveLinkTarget(handle, returnFinalTarget: false) is { } target && sockets.Contains(target.Name));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
