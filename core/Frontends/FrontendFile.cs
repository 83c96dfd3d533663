namespace RootCx.Core.Frontends;

/// <summary>A file of a front end.</summary>
/// <param name="Path">From the root of the front end, with <c>/</c>, and none at its beginning.</param>
/// <param name="ContentType">With its character set.</param>
/// <param name="Tag">Made of the hash of the content; the same content has the same.</param>
/// <param name="Identity">Its content.</param>
/// <param name="Brotli">Its content compressed, if that is worth while.</param>
/// <param name="Gzip">Likewise.</param>
public sealed record FrontendFile(string Path, string ContentType, string Tag, BlobExtent Identity, BlobExtent? Brotli, BlobExtent? Gzip)
{
    /// <summary>Whether another content would have another path.</summary>
    public bool IsImmutable { get; } = HashedName.Is(Path);

    /// <summary>Whether there is a choice of encodings.</summary>
    public bool HasVariants => Brotli is not null || Gzip is not null;
}
