namespace RootCx.Core.Auth.External;

/// <summary>An OpenID Connect issuer whose tokens are accepted as bearers; an element of <c>Auth:Issuers</c>.</summary>
public sealed class ExternalIssuerOptions
{
    /// <summary>What the issuer is called in messages, in the log, and as the source of the roles it gives; unique, at most 64 characters.</summary>
    public string Name { get; set; } = "";

    /// <summary>
    /// The issuer's identifier, an absolute URL: what its tokens carry as <c>iss</c>, and with <c>/.well-known/openid-configuration</c> behind it where its
    /// keys are found (OpenID Connect Discovery 1.0, 4). Unique. A slash at the end makes no difference.
    /// </summary>
    public string Authority { get; set; } = "";

    /// <summary>Values of <c>aud</c> that are meant for this platform; at least one.</summary>
    public IList<string> Audiences { get; init; } = [];

    /// <summary>The claim that says who it is and never changes. Together with the issuer it is the key of an account.</summary>
    public string SubjectClaim { get; set; } = "sub";

    /// <summary>The claim with the e-mail. An account needs one.</summary>
    public string EmailClaim { get; set; } = "email";

    /// <summary>The claim with the display name.</summary>
    public string NameClaim { get; set; } = "name";

    /// <summary>The claim, a string or a list of them, whose values <see cref="Roles"/> maps.</summary>
    public string RolesClaim { get; set; } = "roles";

    /// <summary>From a value of <see cref="RolesClaim"/>, exactly as it is written, to the platform's role that goes with it. Other values mean nothing.</summary>
    public IDictionary<string, string> Roles { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Refuses tokens that <see cref="Roles"/> maps to no role at all.</summary>
    public bool RequireRole { get; set; }

    /// <summary>Keys are only taken over HTTPS. May be off for an issuer on the loopback interface, for development.</summary>
    public bool RequireHttpsMetadata { get; set; } = true;
}
