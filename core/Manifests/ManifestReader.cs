namespace RootCx.Core.Manifests;

/// <summary>Reads manifests and finds everything that is wrong with them.</summary>
public static class ManifestReader
{
    /// <summary>Reads a manifest.</summary>
    /// <param name="json">A JSON text.</param>
    public static ManifestReading Read(string json) => throw new NotSupportedException(json);
}

/// <summary>What came of reading a manifest: the manifest, or what is wrong with it.</summary>
/// <param name="Manifest">Null if there are problems.</param>
/// <param name="Problems">All of them, in the order of the manifest.</param>
public sealed record ManifestReading(Manifest? Manifest, IReadOnlyList<ManifestProblem> Problems);

/// <summary>Something wrong with a manifest.</summary>
/// <param name="Path">Where, as a JSON path: <c>$.dataContract[0].fields[2].type</c>.</param>
/// <param name="Message">What, and what would be right.</param>
public sealed record ManifestProblem(string Path, string Message);
