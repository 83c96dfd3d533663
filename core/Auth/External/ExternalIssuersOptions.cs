namespace RootCx.Core.Auth.External;

/// <summary>External issuers; part of section <c>Auth</c>.</summary>
public sealed class ExternalIssuersOptions
{
    /// <summary>The section these are bound to, which they share with the platform's own sign-in.</summary>
    public const string Section = "Auth";

    /// <summary>Any number of them up to 16; none by default.</summary>
    public IList<ExternalIssuerOptions> Issuers { get; init; } = [];
}
