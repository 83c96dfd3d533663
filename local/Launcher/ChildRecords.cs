using RootCx.Core.Processes;

namespace RootCx.Local.Launcher;

/// <summary>One process that a launcher started.</summary>
internal sealed record ChildRecord(string Name, int Pid, string Started);

/// <summary>
/// Remembers the running parts on disk, so that the next start can end what a killed launcher left. The guardian normally has done so by then.
/// </summary>
internal sealed class ChildRecords(string path, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly SemaphoreSlim _gate = new(1);
    private List<ChildRecord> _records = [];

    /// <summary>Ends what is left of an earlier launcher. A process that merely has the same id is let alone.</summary>
    /// <returns>How many were left.</returns>
    public async Task<int> CleanAsync(CancellationToken cancellation)
    {
        var left = (await PrivateFile.ReadAsync(path, LaunchJson.Default.ListChildRecord, cancellation) ?? []).Where(IsAlive).ToList();
        foreach (var child in left)
        {
            ProcessSignals.Send(child.Pid, child.Name == EmbeddedPostgres.Name ? UnixSignal.Quit : UnixSignal.Terminate);
        }

        for (var began = time.GetTimestamp(); left.Exists(IsAlive) && time.GetElapsedTime(began) < Grace;)
        {
            await Task.Delay(Interval, time, cancellation);
        }

        foreach (var child in left.Where(IsAlive))
        {
            ProcessSignals.SendToGroup(child.Pid, UnixSignal.Kill);
        }

        File.Delete(path);
        return left.Count;
    }

    /// <summary>Notes that a part now runs as this process.</summary>
    public Task AddAsync(string name, int pid) =>
        UpdateAsync(records => [.. records.Where(record => record.Name != name), new ChildRecord(name, pid, ProcessIdentity.Of(pid) ?? "")]);

    /// <summary>Notes that a part was stopped.</summary>
    public Task RemoveAsync(string name) => UpdateAsync(records => [.. records.Where(record => record.Name != name)]);

    /// <summary>Nothing is noted any more; the file stays.</summary>
    public void Dispose() => _gate.Dispose();

    private static bool IsAlive(ChildRecord child) => child.Pid > 1 && ProcessIdentity.Of(child.Pid) == child.Started;

    private async Task UpdateAsync(Func<List<ChildRecord>, List<ChildRecord>> change)
    {
        await _gate.WaitAsync();
        try
        {
            _records = change(_records);
            await PrivateFile.WriteAsync(path, _records, LaunchJson.Default.ListChildRecord, CancellationToken.None);
        }
        finally
        {
            _gate.Release();
        }
    }
}
