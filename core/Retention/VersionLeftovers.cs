namespace RootCx.Core.Retention;

/// <summary>What storage has of versions that are gone.</summary>
/// <param name="Archives">Names of blobs; versions that are kept may have the same ones.</param>
/// <param name="Icons">Ids of images.</param>
/// <param name="Bundles">Names of bundles of pages.</param>
public sealed record VersionLeftovers(IReadOnlyCollection<string> Archives, IReadOnlyCollection<Guid> Icons, IReadOnlyCollection<string> Bundles);
