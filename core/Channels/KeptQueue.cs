using System.Globalization;
using System.Net;
using Azure;
using Azure.Storage.Queues;
using Microsoft.Extensions.Logging;
using RootCx.Core.Loops;

namespace RootCx.Core.Channels;

/// <summary>
/// A queue that belongs to the one process that reads it, which shows every few minutes that it lives: with a time in the queue's metadata. A queue whose
/// owner was not heard of for <see cref="Grace"/> is deleted by <see cref="ChannelSweeper"/>; an owner that was only away makes it anew.
/// </summary>
public sealed class KeptQueue : IAsyncDisposable
{
    /// <summary>The metadata that says when the owner last showed itself.</summary>
    public const string HeartbeatKey = "heartbeat";

    /// <summary>After so long without a heartbeat the owner counts as dead.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan Period = TimeSpan.FromMinutes(5);

    private readonly TimeProvider _time;
    private readonly WorkLoop _loop;
    private long _shownAt; // in ticks; the calendar's time, which goes on while a process is frozen

    private KeptQueue(QueueClient client, TimeProvider time, ILogger logger)
    {
        Client = client;
        _time = time;
        _loop = new WorkLoop($"Heartbeat of {client.Name}", BeatAsync, time, logger);
    }

    /// <summary>The queue.</summary>
    public QueueClient Client { get; }

    private TimeSpan SinceShown => TimeSpan.FromTicks(_time.GetUtcNow().UtcTicks - Interlocked.Read(ref _shownAt));

    /// <summary>Makes the queue if it is not there, and keeps it from now on.</summary>
    public static async Task<KeptQueue> OpenAsync(QueueClient client, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var kept = new KeptQueue(client, time, logger);
        await kept.ShowAsync(cancellationToken);
        kept._loop.Start();
        return kept;
    }

    /// <summary>Whether the owner of a queue with this metadata is dead; also if it never showed itself.</summary>
    public static bool IsAbandoned(IDictionary<string, string>? metadata, DateTimeOffset now) =>
        metadata is null
        || !metadata.TryGetValue(HeartbeatKey, out var text)
        || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var heartbeat)
        || now - heartbeat > Grace;

    /// <summary>Costs nothing, unless the process was away for so long that the queue may have been deleted: then it is made anew if need be.</summary>
    public ValueTask EnsureAsync(CancellationToken cancellationToken) =>
        SinceShown < 2 * Period ? ValueTask.CompletedTask : new ValueTask(ShowAsync(cancellationToken));

    /// <summary>Shows that the owner lives; makes the queue if it is not there.</summary>
    public async Task ShowAsync(CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var metadata = new Dictionary<string, string> { [HeartbeatKey] = now.ToString("O", CultureInfo.InvariantCulture) };
        try
        {
            await Client.SetMetadataAsync(metadata, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == (int)HttpStatusCode.NotFound)
        {
            await Client.CreateIfNotExistsAsync(metadata, cancellationToken);
        }

        Interlocked.Exchange(ref _shownAt, now.UtcTicks);
    }

    /// <summary>Shows itself no more; the queue stays.</summary>
    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private async Task<TimeSpan> BeatAsync(CancellationToken cancellationToken)
    {
        var left = Period - SinceShown;
        if (left > TimeSpan.Zero)
        {
            return left;
        }

        await ShowAsync(cancellationToken);
        return Period;
    }
}
