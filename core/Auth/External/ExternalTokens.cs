using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using RootCx.Core.Errors;

namespace RootCx.Core.Auth.External;

/// <summary>
/// Accepts the tokens of external OpenID Connect issuers. Who presents one for the first time gets an account; its e-mail, its name and the roles that the
/// issuer gives follow the tokens from then on.
/// </summary>
public sealed class ExternalTokens : IDisposable
{
    private static readonly TimeSpan FetchTime = TimeSpan.FromSeconds(10);
    private const int LongestDocument = 1024 * 1024;

    private readonly HttpClient _http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = FetchTime,
        MaxResponseContentBufferSize = LongestDocument,
    };

    private readonly FrozenDictionary<string, ExternalIssuer> _issuers;
    private readonly ExternalAccounts _accounts;
    private readonly ExternalSightings _sightings;
    private readonly TimeProvider _time;

    /// <summary>Knows the issuers of <paramref name="options"/>; asks none of them for its keys before it is needed.</summary>
    internal ExternalTokens(
        IOptions<ExternalIssuersOptions> options, ExternalAccounts accounts, ExternalSightings sightings, TimeProvider time, ILogger<ExternalTokens> logger)
    {
        _accounts = accounts;
        _sightings = sightings;
        _time = time;
        _issuers = options.Value.Issuers
            .Select(issuer => new ExternalIssuer(issuer, _http, time, logger))
            .ToFrozenDictionary(issuer => issuer.Id, StringComparer.Ordinal);
    }

    /// <summary>Who presents <paramref name="token"/>; null if no external issuer is meant by it, so that it can only be one of the platform's own.</summary>
    /// <remarks>
    /// The issuer that a token names before anything of it was checked decides who checks it. An external issuer's identifier is a URL and the platform's
    /// own is not, so neither can stand in for the other.
    /// </remarks>
    /// <exception cref="RefusedException">
    /// <c>invalid token</c> or <c>invalid token subject</c> (401); the claims don't make an account, the e-mail belongs to another one, or a role is missing
    /// (403); the issuer's keys could never be obtained (503).
    /// </exception>
    public async Task<Principal?> AuthenticateAsync(string token, CancellationToken cancellationToken)
    {
        if (_issuers.Count == 0 || Read(token) is not { } jwt || !_issuers.TryGetValue(ExternalIssuer.KeyOf(jwt.Issuer), out var issuer))
        {
            return null;
        }

        await issuer.CheckAsync(jwt, cancellationToken);
        var profile = ExternalProfile.Of(jwt, issuer, _time.GetUtcNow());
        var account = _sightings.Find(profile);
        if (account is null)
        {
            var changes = _sightings.Changes;
            account = await _accounts.AdmitAsync(profile, cancellationToken);
            if (account is not null)
            {
                _sightings.Remember(account, changes);
            }
        }

        // Only now: what somebody had of the issuer's roles is gone by then.
        if (account is null || profile.IsShutOut)
        {
            throw new RefusedException(
                Refusal.Forbidden, $"{profile.Source} gives you no role on this platform: ask an administrator to assign you one there");
        }

        // Whether the account may act at all (it may be disabled) is for whoever asks to decide, as with the platform's own tokens.
        return new Principal(new Caller(account.UserId, account.Email, token), null);
    }

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    private static JsonWebToken? Read(string token)
    {
        try
        {
            return new JsonWebToken(token);
        }
        catch (ArgumentException)
        {
            return null; // not the form of a token; the platform's own check says so
        }
    }
}
