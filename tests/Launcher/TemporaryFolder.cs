namespace RootCx.Tests.Launcher;

/// <summary>An empty folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("rootcx-launcher-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
