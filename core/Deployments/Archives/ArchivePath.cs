using System.Text;

namespace RootCx.Core.Deployments.Archives;

/// <summary>Reads names and link targets of an archive as paths below its root, and refuses those that are not.</summary>
internal static class ArchivePath
{
    /// <summary>Longest file name that Linux file systems take, in UTF-8 bytes.</summary>
    private const int MostSegmentBytes = 255;

    /// <summary>The segments of an entry's name; none for the root itself. Empty segments and <c>.</c> are dropped.</summary>
    /// <exception cref="ArchiveException">The name is absolute, has a <c>..</c>, is not plain UTF-8, or is too long.</exception>
    public static string[] Parse(string name, ArchiveLimits limits)
    {
        if (name.Length == 0)
        {
            throw new ArchiveException("archive entry without a name");
        }

        string[] segments = Split(name, limits);
        return !IsPlainRelative(name) || segments.Contains("..") ? throw ArchiveException.Unsafe(name) : segments;
    }

    /// <summary>
    /// The segments, from the root, of what the link <paramref name="link"/> points to, if its target is read starting at
    /// <paramref name="directory"/>. A <c>..</c> takes away the segment before it, even if that should be a link.
    /// </summary>
    /// <exception cref="ArchiveException">The target is not below the root, is not plain UTF-8, or is too long.</exception>
    public static string[] ResolveLink(string[] link, string[] directory, string target, ArchiveLimits limits)
    {
        var resolved = new List<string>(directory);
        bool isInside = IsPlainRelative(target);
        foreach (string step in Split(target, limits))
        {
            if (step != "..")
            {
                resolved.Add(step);
            }
            else if (resolved.Count > 0)
            {
                resolved.RemoveAt(resolved.Count - 1);
            }
            else
            {
                isInside = false;
            }
        }

        return isInside ? [.. resolved] : throw ArchiveException.UnsafeLink(Join(link), target);
    }

    /// <summary>
    /// What to write into the link so that it points to the target that was resolved. All its <c>..</c> come first; as the link's own
    /// directory is never reached through a link, they cannot climb out of the root.
    /// </summary>
    public static string Relative(string[] link, string[] target)
    {
        int common = 0;
        while (common < link.Length - 1 && common < target.Length && link[common] == target[common])
        {
            common++;
        }

        string relative = Join([.. Enumerable.Repeat("..", link.Length - 1 - common), .. target[common..]]);
        return relative.Length == 0 ? "." : relative;
    }

    public static string Join(string[] segments) => string.Join('/', segments);

    private static string[] Split(string name, ArchiveLimits limits)
    {
        if (Encoding.UTF8.GetByteCount(name) > limits.PathBytes)
        {
            throw new ArchiveException($"archive entry has a path of more than {limits.PathBytes} bytes: {PrintableText.Of(name)}");
        }

        string[] segments = [.. name.Split('/').Where(segment => segment is not ("" or "."))];
        return Array.Exists(segments, segment => Encoding.UTF8.GetByteCount(segment) > MostSegmentBytes)
            ? throw new ArchiveException($"archive entry has a name of more than {MostSegmentBytes} bytes: {PrintableText.Of(name)}")
            : segments;
    }

    /// <summary>
    /// Backslashes are refused altogether: they are part of a name here and a separator elsewhere. The replacement character stands
    /// where the archive has bytes that are not UTF-8: two such names would become one.
    /// </summary>
    private static bool IsPlainRelative(string name) =>
        name.Length > 0 && name[0] != '/' && !name.Any(character => char.IsControl(character) || character is '\\' or '\uFFFD')
        && !(name.Length > 1 && name[1] == ':' && char.IsAsciiLetter(name[0]));
}
