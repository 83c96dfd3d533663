namespace RootCx.Tests.Launcher;

/// <summary>A launcher with everything up, for tests that may break its parts.</summary>
public sealed class RunningLauncher : IAsyncLifetime
{
    private readonly TemporaryFolder _data = new();

    internal LauncherProcess Launcher { get; private set; } = null!; // set before any test runs

    internal string Data => _data.Path;

    public async ValueTask InitializeAsync() => Launcher = await LauncherProcess.UpAsync(_data.Path);

    public async ValueTask DisposeAsync()
    {
        await Launcher.DisposeAsync();
        _data.Dispose();
    }
}
