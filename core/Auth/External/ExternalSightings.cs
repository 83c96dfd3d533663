using System.Collections.Concurrent;
using RootCx.Core.Doorbells;

namespace RootCx.Core.Auth.External;

/// <summary>
/// The accounts of those who were here within the last minute, so that their next request costs no query. An account is dropped as soon as it is heard
/// that it has changed.
/// </summary>
internal sealed class ExternalSightings : IDisposable
{
    private const int Most = 10_000;
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<(string Issuer, string Subject), Sighting> _sightings = new();
    private readonly TimeProvider _time;
    private readonly IDisposable _bell;
    private int _rings;

    /// <summary>Listens for changes from now on.</summary>
    public ExternalSightings(DoorbellListener listener, TimeProvider time)
    {
        _time = time;
        _bell = listener.Subscribe(Topics.Identities, Forget);
    }

    /// <summary>Changes with every ring: what was read before one is not remembered after it.</summary>
    public int Rings => Volatile.Read(ref _rings);

    /// <summary>The account as it was when it was last looked at, if what the token says was known then.</summary>
    public ExternalAccount? Find(ExternalProfile profile) =>
        _sightings.TryGetValue((profile.Issuer, profile.Subject), out var sighting)
        && _time.GetElapsedTime(sighting.At) < Age
        && (profile.IssuedAt < sighting.Account.Profile.IssuedAt || profile.SaysTheSameAs(sighting.Account.Profile))
            ? sighting.Account
            : null;

    /// <summary>Remembers what was read.</summary>
    /// <param name="account">The account.</param>
    /// <param name="rings"><see cref="Rings"/> from before it was read.</param>
    public void Remember(ExternalAccount account, int rings)
    {
        if (_sightings.Count >= Most)
        {
            _sightings.Clear();
        }

        var key = (account.Profile.Issuer, account.Profile.Subject);
        _sightings[key] = new Sighting(account, _time.GetTimestamp());
        if (rings != Rings)
        {
            _sightings.TryRemove(key, out _);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _bell.Dispose();

    private void Forget(string userId)
    {
        Interlocked.Increment(ref _rings);
        if (!Guid.TryParse(userId, out var id))
        {
            _sightings.Clear();
            return;
        }

        foreach (var (key, _) in _sightings.Where(sighting => sighting.Value.Account.UserId == id))
        {
            _sightings.TryRemove(key, out _);
        }
    }

    private sealed record Sighting(ExternalAccount Account, long At);
}
