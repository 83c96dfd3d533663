namespace RootCx.Bench.Rpc;

/// <summary>Counts requests in the log of the storage emulator.</summary>
/// <param name="log">The file.</param>
internal sealed class StorageOperations(string log)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(1);

    /// <summary>How many requests an action makes, those included that are not waited for.</summary>
    public async Task<int> CountAsync(Func<Task> action, CancellationToken cancellationToken)
    {
        var before = Count();
        await action();
        var (last, now) = (before, Count());
        while (now != last)
        {
            await Task.Delay(Look, cancellationToken);
            (last, now) = (now, Count());
        }

        return now - before;
    }

    /// <summary>How many requests are made in a day in which nothing else happens, from what happens in a minute.</summary>
    public async Task<double> PerDayAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Settling, cancellationToken);
        var before = Count();
        await Task.Delay(IdleTime, cancellationToken);
        return (Count() - before) * (TimeSpan.FromDays(1) / IdleTime);
    }

    private int Count() => File.ReadLines(log).Count(line => line.Contains(" HTTP/1.", StringComparison.Ordinal));
}
