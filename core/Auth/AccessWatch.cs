using System.Collections.Immutable;
using Dapper;
using Microsoft.Extensions.Logging;
using Npgsql;
using RootCx.Core.Doorbells;
using RootCx.Core.Loops;

namespace RootCx.Core.Auth;

/// <summary>
/// Says when what people may do has changed, so that it can be remembered for long. The database rings with each change; a number that grows with them is
/// looked at twice a second, for rings that got lost. While it can't be looked at, nothing that was remembered for longer than a second is to be trusted.
/// </summary>
public sealed class AccessWatch : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Trusted = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly NpgsqlDataSource _database;
    private readonly TimeProvider _time;
    private readonly WorkLoop _loop;
    private readonly IDisposable _bell;
    private ImmutableArray<Action> _subscribers = [];
    private long _lookedAt = long.MinValue;

    /// <summary>Watches from now on.</summary>
    public AccessWatch(NpgsqlDataSource database, DoorbellListener listener, TimeProvider time, ILogger<AccessWatch> logger)
    {
        _database = database;
        _time = time;
        _loop = new WorkLoop("Access watch", LookAsync, time, logger);
        _bell = listener.Subscribe(Topics.Access, _ => Tell());
        _loop.Start();
    }

    /// <summary>Has this called, for good, whenever something may have changed; it must be quick and not throw.</summary>
    public void OnChange(Action changed) => ImmutableInterlocked.Update(ref _subscribers, (present, added) => present.Add(added), changed);

    /// <summary>The number as it was when it was last looked at.</summary>
    public long Version { get; private set; }

    /// <summary>Whether a change of more than a second ago would have been noticed.</summary>
    public bool IsUpToDate => Interlocked.Read(ref _lookedAt) is var lookedAt and not long.MinValue && _time.GetElapsedTime(lookedAt) < Trusted;

    /// <summary>How long what was read may be remembered at the moment.</summary>
    public TimeSpan Age => IsUpToDate ? Longest : Trusted;

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _bell.Dispose();
        await _loop.DisposeAsync();
    }

    private void Tell()
    {
        foreach (var changed in _subscribers)
        {
            changed();
        }
    }

    private async Task<TimeSpan> LookAsync(CancellationToken cancellationToken)
    {
        var begun = _time.GetTimestamp();
        await using var connection = await _database.OpenConnectionAsync(cancellationToken);
        var version = await connection.ExecuteScalarAsync<long>(new CommandDefinition("select version from access_version", cancellationToken: cancellationToken));
        if (version != Version)
        {
            Version = version;
            Tell();
        }

        Interlocked.Exchange(ref _lookedAt, begun);
        return Pause;
    }
}
