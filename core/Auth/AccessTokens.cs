using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using RootCx.Core.Errors;

namespace RootCx.Core.Auth;

/// <summary>
/// Issues and checks the platform's JSON Web Tokens: HS256 only, issuer and audience pinned, 30 seconds of clock skew. <c>kid</c> names the key, so that
/// it can be changed. An access token carries <c>sub</c> and <c>email</c>, and <c>sid</c> and <c>epoch</c> if it was made for a session; a refresh token an
/// empty <c>email</c>, a <c>session_id</c> and a <c>jti</c>; a worker's token an <c>app_id</c> and no user.
/// </summary>
public sealed class AccessTokens
{
    private const string Issuer = "rootcx";
    private const string Audience = "rootcx-core";

    private const string AppClaim = "app_id";
    private const string SessionClaim = "session_id";
    private const string AccessSessionClaim = "sid";
    private const string EpochClaim = "epoch";

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };
    private readonly SigningCredentials _signing;
    private readonly TokenValidationParameters _validation;
    private readonly TimeProvider _time;
    private readonly AuthOptions _options;

    /// <summary>Takes the key from <paramref name="options"/>.</summary>
    public AccessTokens(IOptions<AuthOptions> options, TimeProvider time)
    {
        _options = options.Value;
        _time = time;
        var key = Key(_options.JwtSecret);
        _signing = new SigningCredentials(key, SecurityAlgorithms.HmacSha256);
        _validation = new TokenValidationParameters
        {
            IssuerSigningKeys = [key, .. _options.PreviousJwtSecrets.Select(Key)],
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            ValidIssuer = Issuer,
            ValidAudience = Audience,
            ClockSkew = TimeSpan.FromSeconds(30),
            LifetimeValidator = (notBefore, expires, _, parameters) =>
            {
                var now = time.GetUtcNow().UtcDateTime;
                return expires is { } end && now <= end + parameters.ClockSkew && (notBefore is null || notBefore <= now + parameters.ClockSkew);
            },
        };
    }

    /// <summary>How long access tokens and workers' tokens are valid.</summary>
    public TimeSpan Lifetime => _options.AccessTokenLifetime;

    /// <summary>A token that lets its bearer act as that user for <see cref="AuthOptions.AccessTokenLifetime"/>.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="email">The user's.</param>
    /// <param name="session">The session it is made for; null for one that the platform makes to act for a user.</param>
    public string IssueAccess(Guid userId, string email, TokenSession? session = null)
    {
        List<Claim> claims = [new Claim("email", email)];
        if (session is not null)
        {
            claims.Add(new Claim(AccessSessionClaim, session.SessionId.ToString()));
            claims.Add(new Claim(EpochClaim, session.Epoch.ToString(CultureInfo.InvariantCulture), ClaimValueTypes.Integer32));
        }

        return Issue(userId, claims, _time.GetUtcNow() + _options.AccessTokenLifetime);
    }

    /// <summary>A token that renews a session, once.</summary>
    /// <param name="token">What it says.</param>
    /// <param name="expires">When the session is over.</param>
    public string IssueRefresh(RefreshToken token, DateTimeOffset expires) => Issue(
        token.UserId,
        [new Claim("email", ""), new Claim(SessionClaim, token.SessionId.ToString()), new Claim("jti", token.TokenId.ToString())],
        expires);

    /// <summary>A token for the app's own worker, valid for <see cref="AuthOptions.AccessTokenLifetime"/>; it stands for no user.</summary>
    public string IssueWorker(string appId) =>
        Issue(Guid.Empty, [new Claim(AppClaim, appId)], _time.GetUtcNow() + _options.AccessTokenLifetime);

    /// <summary>What a refresh token says.</summary>
    /// <exception cref="RefusedException">
    /// Unauthenticated: <c>invalid refresh token</c> (signature, age, form), <c>not a refresh token</c>, <c>invalid token subject</c>.
    /// </exception>
    public async Task<RefreshToken> ReadRefreshAsync(string token)
    {
        var result = await _handler.ValidateTokenAsync(token, _validation);
        if (!result.IsValid)
        {
            throw Refused("invalid refresh token");
        }

        var jwt = (JsonWebToken)result.SecurityToken;
        return !jwt.TryGetPayloadValue<string>(SessionClaim, out var session) || !Guid.TryParse(session, out var sessionId) || !Guid.TryParse(jwt.Id, out var tokenId)
            ? throw Refused("not a refresh token")
            : Guid.TryParse(jwt.Subject, out var userId) ? new RefreshToken(userId, sessionId, tokenId)
            : throw Refused("invalid token subject");
    }

    /// <summary>Who presents <paramref name="token"/>.</summary>
    /// <exception cref="RefusedException">
    /// Unauthenticated: <c>invalid token</c> (signature, age, form), <c>invalid token type</c> (a refresh token), <c>invalid token subject</c>.
    /// </exception>
    public async Task<Principal> AuthenticateAsync(string token)
    {
        var result = await _handler.ValidateTokenAsync(token, _validation);
        if (!result.IsValid)
        {
            throw Refused("invalid token");
        }

        var jwt = (JsonWebToken)result.SecurityToken;
        if (jwt.TryGetPayloadValue<string>(AppClaim, out var appId))
        {
            return new Principal(null, appId);
        }

        if (!jwt.TryGetPayloadValue<string>("email", out var email) || email.Length == 0)
        {
            throw Refused("invalid token type");
        }

        return Guid.TryParse(jwt.Subject, out var userId)
            ? new Principal(new Caller(userId, email, token), null, SessionOf(jwt))
            : throw Refused("invalid token subject");
    }

    private static SymmetricSecurityKey Key(string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        return new SymmetricSecurityKey(bytes) { KeyId = Convert.ToHexStringLower(SHA256.HashData([.. "rootcx key id"u8, .. bytes])[..8]) };
    }

    private static TokenSession? SessionOf(JsonWebToken jwt) =>
        jwt.TryGetPayloadValue<string>(AccessSessionClaim, out var session) && Guid.TryParse(session, out var id) && jwt.TryGetPayloadValue<int>(EpochClaim, out var epoch)
            ? new TokenSession(id, epoch)
            : null;

    private static RefusedException Refused(string text) => new(Refusal.Unauthenticated, text);

    private string Issue(Guid subject, IEnumerable<Claim> claims, DateTimeOffset expires)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = Audience,
            IssuedAt = now,
            NotBefore = now,
            Expires = expires.UtcDateTime,
            Subject = new ClaimsIdentity([new Claim("sub", subject.ToString()), .. claims]),
            SigningCredentials = _signing,
        });
    }
}
