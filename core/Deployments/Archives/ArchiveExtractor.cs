using Microsoft.Extensions.Options;

namespace RootCx.Core.Deployments.Archives;

/// <summary>
/// Unpacks uploaded archives: tar (V7, ustar, PAX, GNU) in gzip, in one or several members. The archive is hostile until proven
/// otherwise; nothing outside the given directory is ever touched, and nothing in memory grows with the size of a file.
/// </summary>
/// <remarks>
/// Kept are paths, contents, links inside the tree, modification times and the permission bits that allow reading and executing.
/// Owners are ignored. AppleDouble entries (<c>._*</c>) are skipped. Names must be UTF-8. Whatever follows the end-of-archive mark is
/// ignored, as tar does.
/// </remarks>
public sealed class ArchiveExtractor(IOptions<ArchiveLimits> limits)
{
    private const int BufferBytes = 128 * 1024;

    /// <summary>Unpacks <paramref name="archive"/> into <paramref name="directory"/>, which must exist and be empty.</summary>
    /// <exception cref="ArchiveException">The archive is unreadable, unsafe or too large. The directory is the caller's to delete.</exception>
    /// <exception cref="IOException">Reading the stream or writing to the disk failed. Again the directory is the caller's to delete.</exception>
    public async Task<ExtractedArchive> ExtractAsync(Stream archive, string directory, CancellationToken cancellationToken)
    {
        if (Directory.EnumerateFileSystemEntries(directory).Any())
        {
            throw new ArgumentException($"'{directory}' is not empty.", nameof(directory));
        }

        ArchiveLimits current = limits.Value;
        byte[] buffer = new byte[BufferBytes];
        CompressedStream compressed = await CompressedStream.OpenAsync(archive, cancellationToken);
        var budget = new UnpackBudget(compressed, current);
        await using var unpacked = new UnpackedStream(compressed, budget, current);
        await using var entries = new TarEntries(unpacked);
        var staging = new StagingDirectory(Path.GetFullPath(directory), buffer);
        ExtractedArchive extracted = await new Extraction(entries, staging, budget, current, buffer).RunAsync(cancellationToken);
        await unpacked.FinishAsync(buffer, cancellationToken);
        return extracted;
    }
}
