using System.ComponentModel.DataAnnotations;

namespace RootCx.Core.Deployments.Archives;

/// <summary>What an uploaded archive may unpack to. An archive over a limit is refused with a message that names the limit.</summary>
public sealed class ArchiveLimits
{
    /// <summary>The configuration section these values are bound from.</summary>
    public const string Section = "Archives";

    /// <summary>
    /// Most bytes an archive may unpack to: 512 MiB. Counted are the bytes of the unpacked tar stream, headers included, and the
    /// bytes of every file that a hard link makes a copy of.
    /// </summary>
    [Range(1d, long.MaxValue)]
    public long UnpackedBytes { get; set; } = 512L * 1024 * 1024;

    /// <summary>Most unpacked bytes for each compressed byte read so far: 200.</summary>
    [Range(1, int.MaxValue)]
    public int Ratio { get; set; } = 200;

    /// <summary>Unpacked bytes up to which <see cref="Ratio"/> is not looked at: 10 MiB. Small files compress extremely well by chance.</summary>
    [Range(0d, long.MaxValue)]
    public long RatioFreeBytes { get; set; } = 10L * 1024 * 1024;

    /// <summary>Most entries: 50,000. Directories that have no entry of their own, but are named in another's path, count too.</summary>
    [Range(1, int.MaxValue)]
    public int Entries { get; set; } = 50_000;

    /// <summary>Most UTF-8 bytes in the path of an entry, and in the target of a link: 1,024.</summary>
    [Range(1, int.MaxValue)]
    public int PathBytes { get; set; } = 1024;

    /// <summary>Most bytes in one extended header (PAX attributes, GNU long name): 1 MiB. Such a header is held in memory whole.</summary>
    [Range(1, int.MaxValue)]
    public int HeaderBytes { get; set; } = 1024 * 1024;
}
