using Microsoft.AspNetCore.Http;
using RootCx.Core.Auth;
using RootCx.Core.Errors;

namespace RootCx.Functions.Api;

/// <summary>Finds out who sent a request.</summary>
public sealed class Authenticator(AccessTokens tokens)
{
    private const string Scheme = "Bearer "; // matched with its case and its one blank

    /// <summary>The user whose access token the request carries.</summary>
    /// <exception cref="RefusedException">401 with its reason.</exception>
    public Task<Caller> RequireAsync(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.Ordinal) && header.Length > Scheme.Length
            ? tokens.AuthenticateAsync(header[Scheme.Length..])
            : throw new RefusedException(Refusal.Unauthenticated, "missing or invalid authorization header");
    }
}
