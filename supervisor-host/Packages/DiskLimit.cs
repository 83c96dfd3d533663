namespace RootCx.SupervisorHost.Packages;

/// <summary>Notices when a folder grows by more than it may. Files linked into two of them count in both, so each has the limit to itself.</summary>
internal sealed class DiskLimit(IReadOnlyList<string> folders, long bytes)
{
    private readonly List<(string Folder, long Before)> _folders = [.. folders.Select(folder => (folder, DiskUse.Of(folder)))];

    /// <summary>Whether one of them has.</summary>
    public bool IsOver() => _folders.Any(folder => DiskUse.Of(folder.Folder) - folder.Before > bytes);
}
