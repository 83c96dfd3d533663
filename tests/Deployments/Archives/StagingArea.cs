using System.IO.Enumeration;
using Microsoft.Extensions.Options;
using RootCx.Core.Deployments.Archives;

namespace RootCx.Tests.Deployments.Archives;

/// <summary>A directory to unpack into, with neighbours that must stay as they are.</summary>
internal sealed class StagingArea : IDisposable
{
    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None };

    private readonly string _root = Directory.CreateTempSubdirectory("rootcx-archive-").FullName;

    public StagingArea()
    {
        Directory.CreateDirectory(Staging);
        File.WriteAllText(Path.Join(_root, "outside.txt"), "outside");
        File.WriteAllText(Path.Join(_root, "level", "outside.txt"), "outside");
    }

    public string Staging => Path.Join(_root, "level", "staging");

    public ArchiveLimits Limits { get; init; } = new();

    public string this[string path] => Path.Join(Staging, path);

    public Task<ExtractedArchive> ExtractAsync(byte[] archive) => ExtractAsync(new MemoryStream(archive));

    public Task<ExtractedArchive> ExtractAsync(Stream archive) =>
        new ArchiveExtractor(Options.Create(Limits)).ExtractAsync(archive, Staging, TestContext.Current.CancellationToken);

    public string Text(string path) => File.ReadAllText(this[path]);

    /// <summary>All paths below the directory, sorted; directories end with a slash. Links are not followed.</summary>
    public string[] Tree() => List(Staging);

    /// <summary>Fails if anything besides the directory has changed, or if a link in it leads out.</summary>
    public void AssertNothingOutside()
    {
        string[] outside = [.. List(_root).Where(path => !path.StartsWith("level/staging/", StringComparison.Ordinal))];
        Assert.Equal(["level/", "level/outside.txt", "outside.txt"], outside);
        Assert.Equal("outside", File.ReadAllText(Path.Join(_root, "outside.txt")));
        Assert.Equal("outside", File.ReadAllText(Path.Join(_root, "level", "outside.txt")));
        Assert.False(File.Exists("/rootcx-archive-test"));
        foreach (string link in Tree().Where(path => new FileInfo(this[path]).LinkTarget is not null))
        {
            string target = Path.GetFullPath(Path.Join(Path.GetDirectoryName(this[link]), new FileInfo(this[link]).LinkTarget));
            Assert.StartsWith(Staging, target, StringComparison.Ordinal);
        }
    }

    /// <summary>Empties the directory.</summary>
    public void Clear()
    {
        Directory.Delete(Staging, recursive: true);
        Directory.CreateDirectory(Staging);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static string[] List(string directory)
    {
        var found = new FileSystemEnumerable<string>(directory, (ref FileSystemEntry entry) => Describe(ref entry, directory), Everything)
        {
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };
        return [.. found.Order(StringComparer.Ordinal)];
    }

    private static string Describe(ref FileSystemEntry entry, string directory)
    {
        bool isDirectory = entry.IsDirectory && !entry.Attributes.HasFlag(FileAttributes.ReparsePoint);
        return Path.GetRelativePath(directory, entry.ToFullPath()) + (isDirectory ? "/" : "");
    }
}
