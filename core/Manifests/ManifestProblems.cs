namespace RootCx.Core.Manifests;

/// <summary>What was found wrong with a manifest so far.</summary>
internal sealed class ManifestProblems
{
    /// <summary>More than these help nobody.</summary>
    public const int Most = 1000;

    private readonly List<ManifestProblem> _found = [];

    /// <summary>All of them, as they were found.</summary>
    public IReadOnlyList<ManifestProblem> Found => _found;

    /// <summary>Adds one.</summary>
    public void Add(string path, string message)
    {
        if (_found.Count < Most)
        {
            _found.Add(new ManifestProblem(path, message));
        }
    }
}
