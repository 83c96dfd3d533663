using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;
using RootCx.Core.Loops;

namespace RootCx.Core.Doorbells;

/// <summary>
/// Rings other processes through Postgres <c>NOTIFY</c>. A doorbell only saves waiting: whoever listens also looks by itself now and then,
/// so a ring that is lost costs latency and never work. Rings made while one is under way are sent together, each once; those that could not be sent are tried again.
/// </summary>
public sealed class Doorbell : IAsyncDisposable
{
    private readonly Channel<Ring> _rings = Channel.CreateBounded<Ring>(new BoundedChannelOptions(4096)
    {
        FullMode = BoundedChannelFullMode.DropWrite,
        SingleReader = true,
    });

    // A ring that can't be sent so often is lost: what waits for it has looked by itself by then.
    private const int MostAttempts = 5;

    private readonly NpgsqlDataSource _database;
    private readonly WorkLoop _loop;
    private readonly HashSet<Ring> _batch = [];
    private int _attempts;

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
        if (_batch.Count == 0 || _attempts == MostAttempts)
        {
            _batch.Clear();
            _attempts = 0;
            await _rings.Reader.WaitToReadAsync(cancellationToken);
        }

        while (_batch.Count < 256 && _rings.Reader.TryRead(out var ring))
        {
            _batch.Add(ring);
        }

        _attempts++;

        // A ring is not worth waiting for the disk, so its own transaction commits without.
        await using var command = _database.CreateCommand(
            """
            select set_config('synchronous_commit', 'off', true), pg_notify(ring.topic, ring.payload)
            from unnest(@topics, @payloads) as ring (topic, payload)
            """);
        command.Parameters.AddWithValue("topics", _batch.Select(ring => ring.Topic).ToArray());
        command.Parameters.AddWithValue("payloads", _batch.Select(ring => ring.Payload).ToArray());
        await command.ExecuteNonQueryAsync(cancellationToken);
        _batch.Clear();
        return TimeSpan.Zero;
    }
}

/// <summary>One ring: a Postgres notification channel and what to say on it.</summary>
internal readonly record struct Ring(string Topic, string Payload);
