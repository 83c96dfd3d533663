using System.Collections.Concurrent;

namespace RootCx.Core.Auth.External;

/// <summary>
/// The accounts of those who were here within the last minute, so that their next request costs no query. All are dropped as soon as it
/// is heard that what somebody may do has changed.
/// </summary>
internal sealed class ExternalSightings
{
    private const int Most = 10_000;
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<(string Issuer, string Subject), Sighting> _sightings = new();
    private readonly TimeProvider _time;
    private int _changes;

    /// <summary>Remembers nobody yet.</summary>
    public ExternalSightings(AccessWatch watch, TimeProvider time)
    {
        _time = time;
        watch.OnChange(Forget);
    }

    /// <summary>Grows with every change: what was read before one is not remembered after it.</summary>
    public int Changes => Volatile.Read(ref _changes);

    /// <summary>The account as it was when it was last looked at, if what the token says was known then.</summary>
    public ExternalAccount? Find(ExternalProfile profile) =>
        _sightings.TryGetValue((profile.Issuer, profile.Subject), out var sighting)
        && _time.GetElapsedTime(sighting.At) < Age
        && (profile.IssuedAt < sighting.Account.Profile.IssuedAt || profile.SaysTheSameAs(sighting.Account.Profile))
            ? sighting.Account
            : null;

    /// <summary>Remembers what was read.</summary>
    /// <param name="account">The account.</param>
    /// <param name="changes"><see cref="Changes"/> from before it was read.</param>
    public void Remember(ExternalAccount account, int changes)
    {
        if (_sightings.Count >= Most)
        {
            _sightings.Clear();
        }

        var key = (account.Profile.Issuer, account.Profile.Subject);
        _sightings[key] = new Sighting(account, _time.GetTimestamp());
        if (changes != Changes)
        {
            _sightings.TryRemove(key, out _);
        }
    }

    private void Forget()
    {
        Interlocked.Increment(ref _changes);
        _sightings.Clear();
    }

    private sealed record Sighting(ExternalAccount Account, long At);
}
