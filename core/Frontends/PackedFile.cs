namespace RootCx.Core.Frontends;

/// <summary>A file as it was put into a bundle.</summary>
/// <param name="Path">From the root of the front end, with <c>/</c>.</param>
/// <param name="ContentType">With its character set.</param>
/// <param name="Hash">SHA-256 of the content.</param>
/// <param name="Identity">Bytes of the content.</param>
/// <param name="Brotli">Bytes that follow: the content as Brotli; 0 if it is not kept so.</param>
/// <param name="Gzip">Bytes that follow those: the content as gzip; 0 if it is not kept so.</param>
public sealed record PackedFile(string Path, string ContentType, byte[] Hash, long Identity, long Brotli, long Gzip);
