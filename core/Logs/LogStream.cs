using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using RootCx.Core.Doorbells;

namespace RootCx.Core.Logs;

/// <summary>Follows an app's log as it grows.</summary>
public sealed class LogStream(LogReader reader, DoorbellListener listener, IOptions<LogOptions> options, TimeProvider time)
{
    // For rings that got lost.
    private static readonly TimeSpan LookAnyway = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The lines after <paramref name="afterId"/> as they come; null when it is time for a sign of life. Ends by itself after
    /// <see cref="LogOptions.StreamLifetime"/>, so that the client can resume after the last id it saw.
    /// </summary>
    public async IAsyncEnumerable<LogEntry?> FollowAsync(string appId, long afterId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var rung = new SemaphoreSlim(0); // not disposed: a ring may be under way when the subscription ends
        using var subscription = listener.Subscribe(Topics.Logs, heard =>
        {
            if ((heard.Length == 0 || heard == appId) && rung.CurrentCount == 0)
            {
                rung.Release();
            }
        });
        var begun = time.GetTimestamp();
        var lastSign = begun;
        while (time.GetElapsedTime(begun) < options.Value.StreamLifetime)
        {
            var entries = await reader.AfterAsync(appId, afterId, cancellationToken);
            foreach (var entry in entries)
            {
                yield return entry;
                afterId = entry.Id;
                lastSign = time.GetTimestamp();
            }

            if (entries.Count == LogReader.Most)
            {
                continue;
            }

            if (time.GetElapsedTime(lastSign) >= options.Value.KeepAlive - LookAnyway)
            {
                yield return null;
                lastSign = time.GetTimestamp();
            }

            await rung.WaitAsync(LookAnyway, cancellationToken);
        }
    }
}
