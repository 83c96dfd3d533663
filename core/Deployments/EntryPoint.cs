namespace RootCx.Core.Deployments;

/// <summary>Finds the file that a worker is started with.</summary>
public static class EntryPoint
{
    /// <summary>What to answer when <see cref="Resolve"/> finds none.</summary>
    public const string NotFoundMessage =
        "no entry point in the archive: expected one of index.ts, index.js, main.ts, main.js, src/index.ts, src/index.js";

    /// <summary>The paths that are tried, first match wins.</summary>
    private static readonly string[] Candidates = ["index.ts", "index.js", "main.ts", "main.js", "src/index.ts", "src/index.js"];

    /// <summary>
    /// The path of the entry point relative to <paramref name="directory"/>, with forward slashes, or null. A link counts if it ends
    /// at a file below the directory.
    /// </summary>
    public static string? Resolve(string directory)
    {
        string root = Path.GetFullPath(directory);
        return Array.Find(Candidates, candidate => Follow(root, candidate) is FileInfo);
    }

    /// <summary>The file or directory at the path, links followed; null if there is none or it lies outside.</summary>
    private static FileSystemInfo? Follow(string root, string path)
    {
        FileSystemInfo? found = new DirectoryInfo(root);
        foreach (string segment in path.Split('/'))
        {
            found = found is DirectoryInfo ? Open(root, Path.Join(found.FullName, segment)) : null;
        }

        return found;
    }

    private static FileSystemInfo? Open(string root, string path)
    {
        try
        {
            FileSystemInfo info = new FileInfo(path);
            info = info.ResolveLinkTarget(returnFinalTarget: true) ?? info;
            bool isInside = info.FullName.StartsWith(root.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
            return !isInside ? null
                : Directory.Exists(info.FullName) ? new DirectoryInfo(info.FullName)
                : File.Exists(info.FullName) ? new FileInfo(info.FullName)
                : null;
        }
        catch (IOException)
        {
            // A link that leads to itself.
            return null;
        }
    }
}
