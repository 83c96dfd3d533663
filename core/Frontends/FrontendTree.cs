using System.Text;
using RootCx.Core.Deployments.Archives;

namespace RootCx.Core.Frontends;

/// <summary>The files of an unpacked archive. A link stands for the file that it ends at, and what ends at none inside is left out.</summary>
/// <param name="root">What the archive was unpacked into.</param>
/// <param name="contentBytes">Most bytes of content, where what a link stands for counts anew: a small archive may have many links to a large file.</param>
/// <param name="pathBytes">Most bytes of paths.</param>
internal sealed class FrontendTree(string root, long contentBytes, long pathBytes)
{
    private const int MostLinks = 40; // on the way to one file, as Linux has it
    private const int MostSteps = 200_000; // of all links together; each is looked at on disk

    private readonly List<FrontendSource> _files = [];
    private long _contentBytes;
    private long _pathBytes;
    private int _steps;

    /// <summary>All files, sorted by their paths.</summary>
    /// <exception cref="ArchiveException">There is more than may be.</exception>
    public IReadOnlyList<FrontendSource> List()
    {
        Add(new DirectoryInfo(root), "");
        _files.Sort((one, other) => string.CompareOrdinal(one.Path, other.Path));
        return _files;
    }

    private void Add(DirectoryInfo directory, string prefix)
    {
        foreach (var entry in directory.EnumerateFileSystemInfos())
        {
            var path = prefix + entry.Name;
            if (entry.LinkTarget is not null)
            {
                if (Follow(path) is { } target)
                {
                    AddFile(path, target);
                }
            }
            else if (entry is FileInfo file)
            {
                AddFile(path, file);
            }
            else
            {
                Add((DirectoryInfo)entry, path + "/");
            }
        }
    }

    private void AddFile(string path, FileInfo file)
    {
        _contentBytes += file.Length;
        _pathBytes += Encoding.UTF8.GetByteCount(path);
        if (_contentBytes > contentBytes)
        {
            throw new ArchiveException($"archive unpacks to more than {contentBytes} bytes");
        }

        if (_pathBytes > pathBytes)
        {
            throw new ArchiveException($"archive has paths of more than {pathBytes} bytes together");
        }

        _files.Add(new FrontendSource(path, file.FullName));
    }

    // Step by step: the runtime takes a link to nothing for a file, and gives up at one to itself.
    private FileInfo? Follow(string path)
    {
        var (links, way, left) = (0, new List<string>(), new Stack<string>());
        Push(path);
        while (left.TryPop(out var step))
        {
            if (++_steps > MostSteps)
            {
                throw new ArchiveException($"archive has links of more than {MostSteps} steps together");
            }

            if (step is "..")
            {
                if (way.Count == 0)
                {
                    return null;
                }

                way.RemoveAt(way.Count - 1);
            }
            else if (step is not ("" or "."))
            {
                way.Add(step);
                if (At(way).LinkTarget is { } target)
                {
                    if (++links > MostLinks)
                    {
                        return null;
                    }

                    way.RemoveAt(way.Count - 1);
                    Push(target);
                }
            }
        }

        return At(way) is { Exists: true } file ? file : null;

        FileInfo At(List<string> steps) => new(Path.Join(root, string.Join('/', steps)));

        void Push(string steps)
        {
            foreach (var step in steps.Split('/').Reverse())
            {
                left.Push(step);
            }
        }
    }
}
