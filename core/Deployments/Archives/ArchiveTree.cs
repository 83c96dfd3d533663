namespace RootCx.Core.Deployments.Archives;

/// <summary>
/// All that an archive has brought so far. Nothing is written before its place here is taken; that is what keeps entries from being
/// written through links, over each other, or over a directory.
/// </summary>
internal sealed class ArchiveTree(ArchiveLimits limits)
{
    private readonly ArchiveNode _root = new("", ArchiveNodeKind.Directory);
    private int _count;

    /// <summary>Finds a node without following links.</summary>
    public ArchiveNode? Find(string[] path)
    {
        ArchiveNode? node = _root;
        foreach (string segment in path)
        {
            ArchiveNode? child = node.Children?.GetValueOrDefault(segment);
            if (child is null || child.Name != segment)
            {
                return null;
            }

            node = child;
        }

        return node;
    }

    /// <summary>Takes a place for a new entry and for the directories above it.</summary>
    /// <returns>False if an entry of the same kind and name is already there.</returns>
    /// <exception cref="ArchiveException">Something else is there, or on the way there, or the tree is full.</exception>
    public bool TryAdd(string[] path, ArchiveNodeKind kind)
    {
        ArchiveNode node = _root;
        for (int i = 0; i < path.Length - 1; i++)
        {
            StepInto(ref node, path, i, ArchiveNodeKind.Directory);
        }

        return StepInto(ref node, path, path.Length - 1, kind);
    }

    private bool StepInto(ref ArchiveNode node, string[] path, int index, ArchiveNodeKind kind)
    {
        string segment = path[index];
        if (node.Children is null || !node.Children.TryGetValue(segment, out ArchiveNode? child))
        {
            if (++_count > limits.Entries)
            {
                throw TooMany(limits);
            }

            node = node.Add(segment, kind);
            return true;
        }

        string[] above = path[..index];
        if (child.Name != segment)
        {
            throw new ArchiveException("archive entries differ only in case: "
                + $"{PrintableText.Of(ArchivePath.Join([.. above, child.Name]))}, {PrintableText.Of(ArchivePath.Join([.. above, segment]))}");
        }

        if (child.Kind != kind)
        {
            throw Conflict(path, ArchivePath.Join([.. above, segment]), child.Kind, kind);
        }

        node = child;
        return false;
    }

    private static ArchiveException Conflict(string[] path, string at, ArchiveNodeKind present, ArchiveNodeKind wanted) => (present, wanted) switch
    {
        (ArchiveNodeKind.SymbolicLink, ArchiveNodeKind.Directory) =>
            ArchiveException.Unsafe(ArchivePath.Join(path), $"would be written through the link {PrintableText.Of(at)}"),
        (ArchiveNodeKind.SymbolicLink, _) or (_, ArchiveNodeKind.SymbolicLink) => Duplicate(at),
        _ => new ArchiveException($"archive entry is both a file and a directory: {PrintableText.Of(at)}"),
    };

    public static ArchiveException Duplicate(string name) =>
        new($"archive has different entries of the same name: {PrintableText.Of(name)}");

    public static ArchiveException TooMany(ArchiveLimits limits) => new($"archive has more than {limits.Entries} entries");
}
