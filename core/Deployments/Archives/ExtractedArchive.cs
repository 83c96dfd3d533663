namespace RootCx.Core.Deployments.Archives;

/// <summary>What an archive brought.</summary>
/// <param name="Files">Files and links written; directories and skipped entries are not counted.</param>
/// <param name="Bytes">Bytes in those files.</param>
public sealed record ExtractedArchive(int Files, long Bytes);
