using Microsoft.Extensions.Options;

namespace RootCx.Core.Auth.External;

/// <summary>What settings of external issuers must be like. Everything that is wrong is said at once, each with the setting's name.</summary>
internal sealed class ExternalIssuerRules : IValidateOptions<ExternalIssuersOptions>
{
    private const int MostIssuers = 16;
    private const int LongestName = 64;

    /// <inheritdoc />
    public ValidateOptionsResult Validate(string? name, ExternalIssuersOptions options)
    {
        List<string> wrong = [.. options.Issuers.SelectMany(Wrong)];
        if (options.Issuers.Count > MostIssuers)
        {
            wrong.Add($"{ExternalIssuersOptions.Section}:Issuers has {options.Issuers.Count} elements; at most {MostIssuers} are possible.");
        }

        wrong.AddRange(Repeated(options.Issuers.Select(issuer => issuer.Name), StringComparer.OrdinalIgnoreCase, "Name"));
        wrong.AddRange(Repeated(options.Issuers.Select(issuer => issuer.Authority.TrimEnd('/')), StringComparer.Ordinal, "Authority"));
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }

    private static IEnumerable<string> Wrong(ExternalIssuerOptions issuer, int index)
    {
        var setting = $"{ExternalIssuersOptions.Section}:Issuers:{index}";
        if (issuer.Name.Length is 0 or > LongestName || issuer.Name.Any(char.IsControl))
        {
            yield return $"{setting}:Name is required: 1 to {LongestName} characters, such as 'Entra ID'.";
        }

        if (WrongAuthority(issuer) is { } reason)
        {
            yield return $"{setting}:Authority {reason}";
        }

        if (issuer.Audiences.Count == 0 || issuer.Audiences.Any(string.IsNullOrWhiteSpace))
        {
            yield return $"{setting}:Audiences needs at least one value and no empty one: what tokens for this platform carry as 'aud'.";
        }

        (string Name, string Claim)[] claims =
            [("SubjectClaim", issuer.SubjectClaim), ("EmailClaim", issuer.EmailClaim), ("NameClaim", issuer.NameClaim), ("RolesClaim", issuer.RolesClaim)];
        foreach (var (name, _) in claims.Where(claim => string.IsNullOrWhiteSpace(claim.Claim)))
        {
            yield return $"{setting}:{name} must not be empty.";
        }

        foreach (var (value, _) in issuer.Roles.Where(role => string.IsNullOrWhiteSpace(role.Value)))
        {
            yield return $"{setting}:Roles:{value} must name a role of the platform.";
        }

        if (issuer is { RequireRole: true, Roles.Count: 0 })
        {
            yield return $"{setting}:RequireRole refuses everybody as long as {setting}:Roles is empty.";
        }
    }

    private static string? WrongAuthority(ExternalIssuerOptions issuer) =>
        !Uri.TryCreate(issuer.Authority, UriKind.Absolute, out var authority)
            || (authority.Scheme != Uri.UriSchemeHttps && authority.Scheme != Uri.UriSchemeHttp)
            || authority.Query.Length > 0
            || authority.Fragment.Length > 0
            ? "is required: the issuer's absolute URL, such as https://login.microsoftonline.com/<tenant>/v2.0."
        : authority.Scheme == Uri.UriSchemeHttp && (issuer.RequireHttpsMetadata || !authority.IsLoopback)
            ? "must begin with https://. Only for an issuer on the loopback interface, http:// is taken together with RequireHttpsMetadata=false."
        : !issuer.RequireHttpsMetadata && !authority.IsLoopback
            ? "is not on the loopback interface, so RequireHttpsMetadata=false is not possible."
        : null;

    private static IEnumerable<string> Repeated(IEnumerable<string> values, StringComparer comparer, string name) => values
        .Where(value => value.Length > 0)
        .GroupBy(value => value, comparer)
        .Where(group => group.Skip(1).Any())
        .Select(group => $"{ExternalIssuersOptions.Section}:Issuers: the {name} '{group.Key}' is given more than once.");
}
