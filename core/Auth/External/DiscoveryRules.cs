using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Protocols.OpenIdConnect.Configuration;

namespace RootCx.Core.Auth.External;

/// <summary>
/// A discovery document is taken only if it has keys and names the issuer that it was asked of (OpenID Connect Discovery 1.0, 4.3), so that what is served
/// at one issuer's address cannot speak for another.
/// </summary>
internal sealed class DiscoveryRules(string authority) : IConfigurationValidator<OpenIdConnectConfiguration>
{
    private readonly OpenIdConnectConfigurationValidator _keys = new();

    /// <inheritdoc />
    public ConfigurationValidationResult Validate(OpenIdConnectConfiguration configuration) =>
        configuration.Issuer?.TrimEnd('/') == authority
            ? _keys.Validate(configuration)
            : new ConfigurationValidationResult
            {
                ErrorMessage = $"the discovery document of '{authority}' is of the issuer '{configuration.Issuer}'",
                Succeeded = false,
            };
}
