using Microsoft.AspNetCore.Http;
using RootCx.Core.Auth;
using RootCx.Core.Auth.External;
using RootCx.Core.Errors;

namespace RootCx.Functions.Api;

/// <summary>Finds out who sent a request.</summary>
public sealed class Authenticator(AccessTokens tokens, ExternalTokens externalTokens)
{
    private const string Scheme = "Bearer "; // matched with its case and its one blank

    /// <summary>The user whose token the request carries: the platform's own, or that of an external issuer.</summary>
    /// <exception cref="RefusedException">
    /// 401 with its reason; 403 for a worker's token, which stands for no user, and for an external one that makes no account; 503 while the external
    /// issuer's keys are not known.
    /// </exception>
    public async Task<Caller> RequireAsync(HttpRequest request)
    {
        var principal = await IdentifyAsync(request);
        return principal.User ?? throw new RefusedException(
            Refusal.Forbidden, $"the worker of app '{principal.AppId}' may not do this in its own name: send a user's token");
    }

    /// <summary>The user whose token the request carries, or the worker of that app.</summary>
    /// <exception cref="RefusedException">401 with its reason; 403 for the worker of another app; as for <see cref="RequireAsync"/> with external tokens.</exception>
    public async Task<Principal> RequireUserOrWorkerAsync(HttpRequest request, string appId)
    {
        var principal = await IdentifyAsync(request);
        return principal.AppId is null || principal.AppId == appId
            ? principal
            : throw new RefusedException(Refusal.Forbidden, $"the worker of app '{principal.AppId}' may do nothing in app '{appId}'");
    }

    private async Task<Principal> IdentifyAsync(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.Ordinal) || header.Length == Scheme.Length)
        {
            throw new RefusedException(Refusal.Unauthenticated, "missing or invalid authorization header");
        }

        var token = header[Scheme.Length..];
        return await externalTokens.AuthenticateAsync(token, request.HttpContext.RequestAborted) ?? await tokens.AuthenticateAsync(token);
    }
}
