using RootCx.Local.Launcher;

namespace RootCx.Tests.Infra;

/// <summary>Files of the repository that these tests were built in.</summary>
internal static class Repository
{
    /// <summary>Its folder.</summary>
    public static readonly string Root = NodePackages.FindRepositoryRoot();

    /// <summary>Full path of one.</summary>
    public static string PathOf(string path) => Path.Combine(Root, path);

    /// <summary>Text of one.</summary>
    public static string Read(string path) => File.ReadAllText(PathOf(path));

    /// <summary>All below a folder, as paths in the repository.</summary>
    public static IEnumerable<string> Below(string folder, string pattern) =>
        Directory.EnumerateFiles(PathOf(folder), pattern, SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
}
