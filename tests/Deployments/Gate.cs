using RootCx.Tests.Platform;

namespace RootCx.Tests.Deployments;

/// <summary>Holds a worker up while it starts, until the test lets it go on; only where both are on one machine.</summary>
internal sealed class Gate : IDisposable
{
    private readonly string _file;

    /// <summary>Closed.</summary>
    public Gate(PlatformStack stack)
    {
        _ = stack.Own; // else the file would be elsewhere
        _file = Path.Combine(Path.GetTempPath(), $"rootcx-gate-{Guid.NewGuid():n}");
    }

    /// <summary>An <c>onStart</c> hook that logs <c>at the gate</c> and waits there.</summary>
    public string Hook => $"onStart: async () => {{ log.info('at the gate'); while (!(await Bun.file('{_file}').exists())) await Bun.sleep(20); }}";

    /// <summary>Lets go.</summary>
    public void Open() => File.WriteAllText(_file, "");

    public void Dispose() => File.Delete(_file);
}
