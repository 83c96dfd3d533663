namespace RootCx.Tests.Faults;

/// <summary>A folder in which apps of <see cref="CallLoad.Source"/> note the calls that they ran.</summary>
internal sealed class CallNotes : IDisposable
{
    /// <summary>Makes one that workers can write to, which may be other users.</summary>
    public CallNotes()
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Folder, (UnixFileMode)0b111_111_111);
        }
    }

    /// <summary>The folder.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("rootcx-calls-").FullName;

    /// <summary>The ids of the calls, each as often as it ran.</summary>
    public IEnumerable<string> Read() => Directory.EnumerateFiles(Folder).SelectMany(File.ReadAllLines);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
