using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using RootCx.Core.Errors;

namespace RootCx.Core.Auth.External;

/// <summary>Checks the tokens of one issuer: signature, issuer, audience, age.</summary>
internal sealed class ExternalIssuer(ExternalIssuerOptions options, HttpClient http, TimeProvider time, ILogger logger)
{
    // Asymmetric ones only: with a symmetric one, whoever knows the public key could sign.
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };
    private readonly IssuerKeys _keys = new(options, KeyOf(options.Authority), http, time, logger);

    /// <summary>Its settings.</summary>
    public ExternalIssuerOptions Options { get; } = options;

    /// <summary>The issuer's identifier as tokens and accounts are matched by it: without a slash at the end.</summary>
    public string Id { get; } = KeyOf(options.Authority);

    /// <summary>An issuer's identifier as <see cref="Id"/> has it.</summary>
    public static string KeyOf(string issuer) => issuer.TrimEnd('/');

    /// <summary>Returns if the issuer made this token for this platform and it is valid now.</summary>
    /// <exception cref="RefusedException"><c>invalid token</c> (401); the issuer's keys could never be obtained (503).</exception>
    public async Task CheckAsync(JsonWebToken token, CancellationToken cancellationToken)
    {
        var known = await _keys.CurrentAsync(cancellationToken);
        var result = await CheckAsync(token, known);
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException && await _keys.NewerAsync(known, cancellationToken) is { } newer)
        {
            result = await CheckAsync(token, newer);
        }

        if (!result.IsValid)
        {
            throw new RefusedException(Refusal.Unauthenticated, "invalid token");
        }
    }

    private Task<TokenValidationResult> CheckAsync(JsonWebToken token, OpenIdConnectConfiguration configuration) =>
        _handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            IssuerSigningKeys = configuration.SigningKeys,
            ValidAlgorithms = Algorithms,
            ValidIssuer = configuration.Issuer,
            ValidAudiences = Options.Audiences,
            ClockSkew = TimeSpan.FromSeconds(30),
        });
}
