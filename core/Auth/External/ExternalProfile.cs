using Microsoft.IdentityModel.JsonWebTokens;
using RootCx.Core.Errors;

namespace RootCx.Core.Auth.External;

/// <summary>What a token says of its bearer.</summary>
/// <param name="Issuer">The issuer's identifier.</param>
/// <param name="Source">The issuer's name.</param>
/// <param name="Subject">Who it is there.</param>
/// <param name="Email">Trimmed.</param>
/// <param name="DisplayName">Null if the token has none that can be one.</param>
/// <param name="Roles">The platform's roles that the claims map to, sorted; whether they are defined is not known here.</param>
/// <param name="IssuedAt">When the token was made, at the latest now; whole seconds.</param>
internal sealed record ExternalProfile(
    string Issuer, string Source, string Subject, string Email, string? DisplayName, IReadOnlyList<string> Roles, DateTimeOffset IssuedAt)
{
    /// <summary>It has no role, and the issuer's settings ask for one.</summary>
    public bool IsShutOut { get; private init; }

    private const int LongestSubject = 255; // OpenID Connect Core 1.0, 2

    /// <summary>Reads a token that was checked.</summary>
    /// <exception cref="RefusedException">
    /// <c>invalid token subject</c> (401); it has no e-mail, or one that the issuer has not verified (403).
    /// </exception>
    public static ExternalProfile Of(JsonWebToken token, ExternalIssuer issuer, DateTimeOffset now)
    {
        var options = issuer.Options;
        var subject = Claim(token, options.SubjectClaim);
        if (subject is not { Length: > 0 and <= LongestSubject } || subject.Any(char.IsControl))
        {
            throw new RefusedException(Refusal.Unauthenticated, "invalid token subject");
        }

        var roles = Claims(token, options.RolesClaim)
            .Select(value => options.Roles.TryGetValue(value, out var role) ? role : null)
            .OfType<string>()
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        return new ExternalProfile(issuer.Id, options.Name, subject, EmailOf(token, options), NameOf(token, options), roles, IssuedAtOrNow(token, now))
        {
            IsShutOut = options.RequireRole && roles.Count == 0,
        };
    }

    /// <summary>Whether nothing but the token's age differs.</summary>
    public bool SaysTheSameAs(ExternalProfile other) =>
        Email == other.Email && DisplayName == other.DisplayName && Source == other.Source && Roles.SequenceEqual(other.Roles, StringComparer.Ordinal);

    private static string EmailOf(JsonWebToken token, ExternalIssuerOptions options)
    {
        var given = Claim(token, options.EmailClaim)
            ?? throw Forbidden($"the token of {options.Name} has no claim '{options.EmailClaim}', and an account needs an e-mail: have it added to the tokens");
        if (options.EmailClaim == "email" && Claim(token, "email_verified") is { } verified && !verified.Equals("true", StringComparison.OrdinalIgnoreCase))
        {
            throw Forbidden($"{options.Name} says that the e-mail '{given}' is not verified: verify it there");
        }

        try
        {
            return AccountRules.RequireEmail(given);
        }
        catch (RefusedException refused)
        {
            throw Forbidden($"the claim '{options.EmailClaim}' of {options.Name}: {refused.Message}");
        }
    }

    // An account can do without, so a name that can't be one is no reason to refuse anybody.
    private static string? NameOf(JsonWebToken token, ExternalIssuerOptions options)
    {
        var name = Claim(token, options.NameClaim)?.Trim();
        try
        {
            return name is { Length: > 0 } ? AccountRules.RequireDisplayName(name) : null;
        }
        catch (RefusedException)
        {
            return null;
        }
    }

    private static DateTimeOffset IssuedAtOrNow(JsonWebToken token, DateTimeOffset now)
    {
        var latest = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds());
        return token.IssuedAt > DateTime.UnixEpoch && token.IssuedAt < latest.UtcDateTime ? new DateTimeOffset(token.IssuedAt, TimeSpan.Zero) : latest;
    }

    private static string? Claim(JsonWebToken token, string name) => Claims(token, name).FirstOrDefault();

    // A list has one claim for each of its values.
    private static IEnumerable<string> Claims(JsonWebToken token, string name) => token.Claims.Where(claim => claim.Type == name).Select(claim => claim.Value);

    private static RefusedException Forbidden(string text) => new(Refusal.Forbidden, text);
}
