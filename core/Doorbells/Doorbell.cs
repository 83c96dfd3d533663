using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;
using RootCx.Core.Loops;

namespace RootCx.Core.Doorbells;

/// <summary>
/// Rings other processes through Postgres <c>NOTIFY</c>. A doorbell only saves waiting: whoever listens also looks by itself now and then,
/// so a ring that is lost costs latency and never work. Rings made while one is under way are sent together, each once.
/// </summary>
public sealed class Doorbell : IAsyncDisposable
{
    private readonly Channel<Ring> _rings = Channel.CreateBounded<Ring>(new BoundedChannelOptions(4096)
    {
        FullMode = BoundedChannelFullMode.DropWrite,
        SingleReader = true,
    });

    private readonly NpgsqlDataSource _database;
    private readonly WorkLoop _loop;

    /// <summary>Starts ringing; needs one connection of the pool while rings are under way.</summary>
    public Doorbell(NpgsqlDataSource database, TimeProvider time, ILogger<Doorbell> logger)
    {
        _database = database;
        _loop = new WorkLoop("Doorbell", SendAsync, time, logger);
        _loop.Start();
    }

    /// <summary>Rings <paramref name="topic"/> soon; never blocks and never throws.</summary>
    public void Ring(string topic, string payload = "") => _rings.Writer.TryWrite(new Ring(topic, payload));

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private async Task<TimeSpan> SendAsync(CancellationToken cancellationToken)
    {
        await _rings.Reader.WaitToReadAsync(cancellationToken);
        var batch = new HashSet<Ring>();
        while (batch.Count < 256 && _rings.Reader.TryRead(out var ring))
        {
            batch.Add(ring);
        }

        // A ring is not worth waiting for the disk, so its own transaction commits without.
        await using var command = _database.CreateCommand(
            """
            select set_config('synchronous_commit', 'off', true), pg_notify(ring.topic, ring.payload)
            from unnest(@topics, @payloads) as ring (topic, payload)
            """);
        command.Parameters.AddWithValue("topics", batch.Select(ring => ring.Topic).ToArray());
        command.Parameters.AddWithValue("payloads", batch.Select(ring => ring.Payload).ToArray());
        await command.ExecuteNonQueryAsync(cancellationToken);
        return TimeSpan.Zero;
    }
}

/// <summary>One ring: a Postgres notification channel and what to say on it.</summary>
internal readonly record struct Ring(string Topic, string Payload);
