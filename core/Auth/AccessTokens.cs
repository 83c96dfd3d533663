using System.Security.Claims;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using RootCx.Core.Errors;

namespace RootCx.Core.Auth;

/// <summary>
/// Issues and checks the platform's JSON Web Tokens: HS256 only, issuer and audience pinned, 30 seconds of clock skew.
/// An access token carries <c>sub</c> and <c>email</c>; a refresh token an empty <c>email</c> and a <c>session_id</c>;
/// a worker's token an <c>app_id</c> and no user.
/// </summary>
public sealed class AccessTokens
{
    private const string Issuer = "rootcx";
    private const string Audience = "rootcx-core";

    private const string AppClaim = "app_id";

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
        var key = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(_options.JwtSecret));
        _signing = new SigningCredentials(key, SecurityAlgorithms.HmacSha256);
        _validation = new TokenValidationParameters
        {
            IssuerSigningKey = key,
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
    public string IssueAccess(Guid userId, string email) =>
        Issue(userId, [new Claim("email", email)], _options.AccessTokenLifetime);

    /// <summary>A token that renews the session it names until <see cref="AuthOptions.RefreshTokenLifetime"/> is over.</summary>
    public string IssueRefresh(Guid userId, Guid sessionId) =>
        Issue(userId, [new Claim("email", ""), new Claim("session_id", sessionId.ToString())], _options.RefreshTokenLifetime);

    /// <summary>A token for the app's own worker, valid for <see cref="AuthOptions.AccessTokenLifetime"/>; it stands for no user.</summary>
    public string IssueWorker(string appId) =>
        Issue(Guid.Empty, [new Claim(AppClaim, appId)], _options.AccessTokenLifetime);

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

        return Guid.TryParse(jwt.Subject, out var userId) ? new Principal(new Caller(userId, email, token), null) : throw Refused("invalid token subject");
    }

    private static RefusedException Refused(string text) => new(Refusal.Unauthenticated, text);

    private string Issue(Guid subject, IEnumerable<Claim> claims, TimeSpan lifetime)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = Audience,
            IssuedAt = now,
            NotBefore = now,
            Expires = now + lifetime,
            Subject = new ClaimsIdentity([new Claim("sub", subject.ToString()), .. claims]),
            SigningCredentials = _signing,
        });
    }
}
