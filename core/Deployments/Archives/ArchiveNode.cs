namespace RootCx.Core.Deployments.Archives;

internal enum ArchiveNodeKind
{
    Directory,
    File,
    SymbolicLink,
}

/// <summary>One name in an archive's tree.</summary>
internal sealed class ArchiveNode(string name, ArchiveNodeKind kind)
{
    public string Name => name;

    public ArchiveNodeKind Kind => kind;

    /// <summary>For a directory: what is in it. Names that differ only in case find each other.</summary>
    public Dictionary<string, ArchiveNode>? Children { get; private set; }

    public ArchiveNode Add(string childName, ArchiveNodeKind childKind)
    {
        var child = new ArchiveNode(childName, childKind);
        Children ??= new Dictionary<string, ArchiveNode>(StringComparer.OrdinalIgnoreCase);
        Children.Add(childName, child);
        return child;
    }
}
