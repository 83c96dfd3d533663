namespace RootCx.Core.Frontends;

/// <summary>Where bytes stand in a bundle's content.</summary>
/// <param name="Offset">Of the first one.</param>
/// <param name="Length">How many; may be 0.</param>
public sealed record BlobExtent(long Offset, long Length);
