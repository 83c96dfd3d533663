using System.IO.Enumeration;

namespace RootCx.SupervisorHost.Packages;

/// <summary>How much disk a folder takes.</summary>
internal static class DiskUse
{
    private const long Block = 4096;

    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = true };

    /// <summary>
    /// Bytes of all that lies below <paramref name="folder"/>, in whole blocks; empty files and folders count as one, so that their number is bounded too.
    /// Others may be changing it: what vanishes while it is looked at is not counted. 0 when there is no such folder; <see cref="long.MaxValue"/> when it is deeper than
    /// the system can name.
    /// </summary>
    public static long Of(string folder)
    {
        try
        {
            return new FileSystemEnumerable<long>(folder, Size, Everything) { ShouldRecursePredicate = IsFolder }.Sum();
        }
        catch (DirectoryNotFoundException)
        {
            return 0;
        }
        catch (PathTooLongException)
        {
            return long.MaxValue; // nobody who wants packages nests folders like that
        }
    }

    private static long Size(ref FileSystemEntry entry) =>
        IsLink(ref entry) || entry.IsDirectory ? Block : Math.Max(Block, (entry.Length + Block - 1) / Block * Block);

    private static bool IsFolder(ref FileSystemEntry entry) => !IsLink(ref entry);

    private static bool IsLink(ref FileSystemEntry entry) => entry.Attributes.HasFlag(FileAttributes.ReparsePoint);
}
