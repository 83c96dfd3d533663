using System.Formats.Tar;

namespace RootCx.Core.Deployments.Archives;

/// <summary>
/// Writes entries into the directory. The paths it is given have their place in an <see cref="ArchiveTree"/>, so no part of them is
/// a link.
/// </summary>
internal sealed class StagingDirectory(string root, Memory<byte> buffer)
{
    // Special bits are dropped, and only the owner may write: the archive's group and others are not those of this machine.
    private const UnixFileMode KeptBits = (UnixFileMode)0b111_101_101;
    private const UnixFileMode FileBits = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode DirectoryBits = FileBits | UnixFileMode.UserExecute;

    /// <summary>Writes an entry's content to a new file.</summary>
    /// <returns>Its length in bytes.</returns>
    public async Task<long> WriteFileAsync(string[] path, TarEntry entry, TarEntries entries, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            BufferSize = 0,
            Options = FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = (entry.Mode & KeptBits) | FileBits;
        }

        await using var file = new FileStream(Prepare(path), options);
        long length = 0;
        int read;
        while ((read = await entries.ReadAsync(entry, buffer, cancellationToken)) > 0)
        {
            await file.WriteAsync(buffer[..read], cancellationToken);
            length += read;
        }

        File.SetLastWriteTimeUtc(file.SafeFileHandle, ModificationTime(entry));
        return length;
    }

    /// <summary>Whether the entry has the content that the file already has. Reads the entry up to the first difference.</summary>
    public async Task<bool> HasContentAsync(string[] path, TarEntry entry, TarEntries entries, CancellationToken cancellationToken)
    {
        await using FileStream file = Open(path);
        if (file.Length != entry.Length)
        {
            return false;
        }

        Memory<byte> half = buffer[..(buffer.Length / 2)];
        Memory<byte> other = buffer[half.Length..][..half.Length];
        int read;
        do
        {
            read = await entries.FillAsync(entry, half, cancellationToken);
            int present = await file.ReadAtLeastAsync(other, other.Length, throwOnEndOfStream: false, cancellationToken);
            if (!half.Span[..read].SequenceEqual(other.Span[..present]))
            {
                return false;
            }
        }
        while (read > 0);

        return true;
    }

    /// <summary>Whether two files have the same content.</summary>
    public async Task<bool> AreEqualAsync(string[] path, string[] otherPath, CancellationToken cancellationToken)
    {
        await using FileStream file = Open(path);
        await using FileStream other = Open(otherPath);
        Memory<byte> half = buffer[..(buffer.Length / 2)];
        Memory<byte> otherHalf = buffer[half.Length..][..half.Length];
        bool equal = file.Length == other.Length;
        int read = 1;
        while (equal && read > 0)
        {
            read = await file.ReadAtLeastAsync(half, half.Length, throwOnEndOfStream: false, cancellationToken);
            int otherRead = await other.ReadAtLeastAsync(otherHalf, otherHalf.Length, throwOnEndOfStream: false, cancellationToken);
            equal = half.Span[..read].SequenceEqual(otherHalf.Span[..otherRead]);
        }

        return equal;
    }

    public long LengthOf(string[] path) => new FileInfo(Locate(path)).Length;

    /// <summary>Makes a copy for a hard link: unlike a link it can't be changed through its other name.</summary>
    public void CopyFile(string[] source, string[] path) => File.Copy(Locate(source), Prepare(path));

    public void CreateLink(string[] path, string target) => File.CreateSymbolicLink(Prepare(path), target);

    /// <summary>The target of a link that was created here.</summary>
    public string ReadLink(string[] path) =>
        new FileInfo(Locate(path)).LinkTarget ?? throw new InvalidOperationException($"'{ArchivePath.Join(path)}' is no link.");

    /// <summary>Creates a directory, or gives one that was only implied so far its permissions.</summary>
    public void CreateDirectory(string[] path, TarEntry entry)
    {
        DirectoryInfo directory = Directory.CreateDirectory(Locate(path));
        if (!OperatingSystem.IsWindows())
        {
            directory.UnixFileMode = (entry.Mode & KeptBits) | DirectoryBits;
        }
    }

    private static DateTime ModificationTime(TarEntry entry) =>
        entry.ModificationTime < DateTimeOffset.UnixEpoch ? DateTime.UnixEpoch : entry.ModificationTime.UtcDateTime;

    private string Locate(string[] path) => Path.Join([root, .. path]);

    private string Prepare(string[] path)
    {
        Directory.CreateDirectory(Locate(path[..^1]));
        return Locate(path);
    }

    private FileStream Open(string[] path) =>
        new(Locate(path), FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous);
}
