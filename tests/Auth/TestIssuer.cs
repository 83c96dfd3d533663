using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace RootCx.Tests.Auth;

/// <summary>An OpenID Connect issuer on the loopback interface: serves its discovery document and its keys, and signs tokens with them.</summary>
public sealed class TestIssuer : IAsyncDisposable
{
    /// <summary>The audience of its tokens.</summary>
    public const string Audience = "api://tools";

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly WebApplication _server;
    private (RSA Rsa, ECDsa Ec256, ECDsa Ec384) _keys;
    private int _generation;

    private TestIssuer(WebApplication server)
    {
        _server = server;
        RollOver();
    }

    /// <summary>Its identifier.</summary>
    public string Authority => _server.Urls.Single();

    /// <summary>While set, it drops every connection.</summary>
    public bool IsDown { get; set; }

    /// <summary>What the discovery document names as its issuer; the right one unless set.</summary>
    public string? NamedIssuer { get; set; }

    /// <summary>How often its keys were asked for.</summary>
    public int Visits { get; private set; }

    /// <summary>Its RSA key in the form that everybody can read.</summary>
    public string PublicKeyPem => _keys.Rsa.ExportSubjectPublicKeyInfoPem();

    /// <summary>Starts one on a free port.</summary>
    public static async Task<TestIssuer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var issuer = new TestIssuer(builder.Build());
        issuer._server.Run(issuer.ServeAsync);
        await issuer._server.StartAsync();
        return issuer;
    }

    /// <summary>Replaces all keys.</summary>
    public void RollOver()
    {
        _keys = (RSA.Create(2048), ECDsa.Create(ECCurve.NamedCurves.nistP256), ECDsa.Create(ECCurve.NamedCurves.nistP384));
        _generation++;
    }

    /// <summary>The claims of a good token, for somebody new unless named.</summary>
    public JsonObject Claims(string? subject = null, params string[] roles)
    {
        subject ??= $"{Guid.NewGuid():n}";
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        return new JsonObject
        {
            ["iss"] = Authority,
            ["aud"] = Audience,
            ["sub"] = subject,
            ["iat"] = now,
            ["nbf"] = now,
            ["exp"] = now + 600,
            ["email"] = $"{subject}@issuer.example",
            ["name"] = $"Name of {subject}",
            ["roles"] = new JsonArray([.. roles.Select(role => JsonValue.Create(role))]),
        };
    }

    /// <summary>Signs with the key that goes with the algorithm.</summary>
    public string Sign(JsonObject claims, string algorithm = SecurityAlgorithms.RsaSha256)
    {
        SecurityKey key = algorithm switch
        {
            SecurityAlgorithms.EcdsaSha256 => new ECDsaSecurityKey(_keys.Ec256),
            SecurityAlgorithms.EcdsaSha384 => new ECDsaSecurityKey(_keys.Ec384),
            _ => new RsaSecurityKey(_keys.Rsa),
        };
        key.KeyId = KeyId(algorithm);
        return Sign(claims, new SigningCredentials(key, algorithm));
    }

    /// <summary>Signs with any key, or not at all.</summary>
    public string Sign(JsonObject claims, SigningCredentials? credentials) =>
        credentials is null ? _handler.CreateToken(claims.ToJsonString()) : _handler.CreateToken(claims.ToJsonString(), credentials);

    /// <summary>What its key for the algorithm is called at present.</summary>
    public string KeyId(string algorithm) => algorithm switch
    {
        SecurityAlgorithms.EcdsaSha256 => $"ec256-{_generation}",
        SecurityAlgorithms.EcdsaSha384 => $"ec384-{_generation}",
        _ => $"rsa-{_generation}",
    };

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private Task ServeAsync(HttpContext context)
    {
        if (IsDown)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        switch (context.Request.Path.Value)
        {
            case "/.well-known/openid-configuration":
                return context.Response.WriteAsJsonAsync(new JsonObject { ["issuer"] = NamedIssuer ?? Authority, ["jwks_uri"] = $"{Authority}/keys" });
            case "/keys":
                Visits++;
                return context.Response.WriteAsJsonAsync(new JsonObject
                {
                    ["keys"] = new JsonArray(
                        Rsa(_keys.Rsa, KeyId(SecurityAlgorithms.RsaSha256)),
                        Ec(_keys.Ec256, "P-256", KeyId(SecurityAlgorithms.EcdsaSha256)),
                        Ec(_keys.Ec384, "P-384", KeyId(SecurityAlgorithms.EcdsaSha384))),
                });
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
        }
    }

    private static JsonObject Rsa(RSA key, string id)
    {
        var parameters = key.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["kty"] = "RSA",
            ["use"] = "sig",
            ["kid"] = id,
            ["n"] = Base64UrlEncoder.Encode(parameters.Modulus),
            ["e"] = Base64UrlEncoder.Encode(parameters.Exponent),
        };
    }

    private static JsonObject Ec(ECDsa key, string curve, string id)
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return new JsonObject
        {
            ["kty"] = "EC",
            ["use"] = "sig",
            ["kid"] = id,
            ["crv"] = curve,
            ["x"] = Base64UrlEncoder.Encode(point.X),
            ["y"] = Base64UrlEncoder.Encode(point.Y),
        };
    }
}
