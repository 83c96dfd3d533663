using System.Formats.Tar;

namespace RootCx.Core.Deployments.Archives;

/// <summary>What an entry is, for the purpose of unpacking it.</summary>
/// <param name="IsDirectory">Whether it is a directory.</param>
/// <param name="Refusal">Why an entry of its type is not unpacked, if so.</param>
internal readonly record struct ArchiveEntryType(bool IsDirectory, string? Refusal)
{
    public static ArchiveEntryType Of(TarEntry entry) => entry.EntryType switch
    {
        // GNU tar's sparse files come as regular ones whose content is a map of the holes.
        TarEntryType.RegularFile when entry is PaxTarEntry pax && pax.ExtendedAttributes.Keys.Any(IsSparse) => new(false, "is a sparse file"),

        // Before there was a type for directories, a slash at the end made one.
        TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile => new(entry.Name.EndsWith('/'), null),
        TarEntryType.SymbolicLink or TarEntryType.HardLink => new(false, null),
        TarEntryType.Directory => new(true, null),
        TarEntryType.BlockDevice => new(false, "is a block device"),
        TarEntryType.CharacterDevice => new(false, "is a character device"),
        TarEntryType.Fifo => new(false, "is a fifo"),
        _ => new(false, $"is of type '{PrintableText.Of(((char)entry.EntryType).ToString())}'"),
    };

    private static bool IsSparse(string attribute) => attribute.StartsWith("GNU.sparse.", StringComparison.Ordinal);
}
