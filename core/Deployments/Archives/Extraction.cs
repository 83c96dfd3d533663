using System.Formats.Tar;

namespace RootCx.Core.Deployments.Archives;

/// <summary>One archive on its way into one directory.</summary>
internal sealed class Extraction(TarEntries entries, StagingDirectory staging, UnpackBudget budget, ArchiveLimits limits, Memory<byte> scratch)
{
    private readonly ArchiveTree _tree = new(limits);
    private int _files;
    private long _bytes;

    public async Task<ExtractedArchive> RunAsync(CancellationToken cancellationToken)
    {
        int count = 0;
        while (await entries.NextAsync(cancellationToken) is { } entry)
        {
            if (++count > limits.Entries)
            {
                throw ArchiveTree.TooMany(limits);
            }

            budget.Expect(entry.Length);
            await AddAsync(entry, cancellationToken);
        }

        return new ExtractedArchive(_files, _bytes);
    }

    private async Task AddAsync(TarEntry entry, CancellationToken cancellationToken)
    {
        if (entry.EntryType is TarEntryType.GlobalExtendedAttributes)
        {
            return;
        }

        string[] path = ArchivePath.Parse(entry.Name, limits);
        ArchiveEntryType type = ArchiveEntryType.Of(entry);
        if (Array.Exists(path, segment => segment.StartsWith("._", StringComparison.Ordinal)))
        {
            // AppleDouble: macOS packs a file's attributes as a second file with this prefix.
            await entries.SkipAsync(entry, scratch, cancellationToken);
        }
        else if (type.Refusal is { } refusal)
        {
            throw ArchiveException.Unsafe(entry.Name, refusal);
        }
        else if (type.IsDirectory)
        {
            await AddDirectoryAsync(path, entry, cancellationToken);
        }
        else if (path.Length == 0)
        {
            throw ArchiveException.Unsafe(entry.Name);
        }
        else if (entry.EntryType is TarEntryType.SymbolicLink)
        {
            AddSymbolicLink(path, ArchivePath.ResolveLink(path, path[..^1], entry.LinkName, limits));
        }
        else if (entry.EntryType is TarEntryType.HardLink)
        {
            await AddHardLinkAsync(path, entry.LinkName, cancellationToken);
        }
        else
        {
            await AddFileAsync(path, entry, cancellationToken);
        }
    }

    private async Task AddDirectoryAsync(string[] path, TarEntry entry, CancellationToken cancellationToken)
    {
        if (path.Length > 0)
        {
            _tree.TryAdd(path, ArchiveNodeKind.Directory);
            staging.CreateDirectory(path, entry);
        }

        await entries.SkipAsync(entry, scratch, cancellationToken);
    }

    private async Task AddFileAsync(string[] path, TarEntry entry, CancellationToken cancellationToken)
    {
        if (_tree.TryAdd(path, ArchiveNodeKind.File))
        {
            long length = await staging.WriteFileAsync(path, entry, entries, cancellationToken);
            if (length != entry.Length)
            {
                throw ArchiveException.Truncated();
            }

            _files++;
            _bytes += length;
        }
        else if (!await staging.HasContentAsync(path, entry, entries, cancellationToken))
        {
            throw ArchiveTree.Duplicate(entry.Name);
        }
    }

    private void AddSymbolicLink(string[] path, string[] target)
    {
        string relative = ArchivePath.Relative(path, target);
        if (_tree.TryAdd(path, ArchiveNodeKind.SymbolicLink))
        {
            staging.CreateLink(path, relative);
            _files++;
        }
        else if (staging.ReadLink(path) != relative)
        {
            throw ArchiveTree.Duplicate(ArchivePath.Join(path));
        }
    }

    /// <summary>The target of a hard link is a path from the root, to an entry that came before.</summary>
    private async Task AddHardLinkAsync(string[] path, string target, CancellationToken cancellationToken)
    {
        string[] source = ArchivePath.ResolveLink(path, [], target, limits);
        ArchiveNode? node = _tree.Find(source);
        if (node is null or { Kind: ArchiveNodeKind.Directory })
        {
            throw new ArchiveException(
                $"archive entry {PrintableText.Of(ArchivePath.Join(path))} links to {PrintableText.Of(target)}, which is no file before it in the archive");
        }

        if (node.Kind is ArchiveNodeKind.SymbolicLink)
        {
            AddSymbolicLink(path, ArchivePath.ResolveLink(source, source[..^1], staging.ReadLink(source), limits));
        }
        else if (_tree.TryAdd(path, ArchiveNodeKind.File))
        {
            long length = staging.LengthOf(source);
            budget.Spend(length);
            staging.CopyFile(source, path);
            _files++;
            _bytes += length;
        }
        else if (!await staging.AreEqualAsync(path, source, cancellationToken))
        {
            throw ArchiveTree.Duplicate(ArchivePath.Join(path));
        }
    }
}
