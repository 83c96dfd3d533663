namespace RootCx.Local.Launcher;

/// <summary>The log of one part, written by the part itself.</summary>
internal static class LogFile
{
    private const long RotateAt = 5 * 1024 * 1024;
    private const int TailBytes = 16 * 1024;
    private const int TailLines = 12;

    /// <summary>Makes the file ready for a new start: a large one becomes <c>.1</c>, replacing the last such.</summary>
    /// <returns>Its length, which is where the new start's lines begin.</returns>
    public static long Prepare(string path)
    {
        if (File.Exists(path) && new FileInfo(path).Length > RotateAt)
        {
            File.Move(path, path + ".1", overwrite: true);
        }

        using var file = OwnerOnly.Open(path, FileMode.OpenOrCreate, FileShare.ReadWrite);
        return file.Length;
    }

    /// <summary>
    /// The last lines written since <paramref name="start"/>, oldest first, without the frames of stack traces, which would push out the message
    /// above them; none when the file can't be read.
    /// </summary>
    public static IReadOnlyList<string> Tail(string path, long start)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Position = Math.Max(start, file.Length - TailBytes);
            using var reader = new StreamReader(file);
            return [.. reader.ReadToEnd().Split('\n').Select(line => line.TrimEnd()).Where(Tells).TakeLast(TailLines)];
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static bool Tells(string line) => line.Length > 0 && !line.TrimStart().StartsWith("at ", StringComparison.Ordinal);
}
