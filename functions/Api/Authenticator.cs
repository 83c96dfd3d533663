using Microsoft.AspNetCore.Http;
using RootCx.Core.Audit;
using RootCx.Core.Auth;
using RootCx.Core.Auth.External;
using RootCx.Core.Errors;

namespace RootCx.Functions.Api;

/// <summary>Finds out who sent a request.</summary>
public sealed class Authenticator(AccessTokens tokens, ExternalTokens externalTokens, Identities identities, Permissions permissions, ClientAddress addresses)
{
    private const string Scheme = "Bearer "; // matched with its case and its one blank

    /// <summary>The user whose token the request carries: the platform's own, or that of an external issuer.</summary>
    /// <exception cref="RefusedException">
    /// 401 with its reason; 403 for a worker's token, which stands for no user, and for an external one that makes no account; 503 while the external
    /// issuer's keys are not known.
    /// </exception>
    public async Task<Caller> RequireAsync(HttpRequest request) => (await RequireUserAsync(request)).User!; // a user

    /// <summary>The same, with the session that the token was made for.</summary>
    /// <exception cref="RefusedException">401 with its reason; 403 for a worker's token, which stands for no user.</exception>
    public async Task<Principal> RequireUserAsync(HttpRequest request)
    {
        var principal = await IdentifyAsync(request);
        return principal.User is not null ? principal : throw new RefusedException(
            Refusal.Forbidden, $"the worker of app '{principal.AppId}' may not do this in its own name: send a user's token");
    }

    /// <summary>The user who sent the request, as somebody who acts.</summary>
    /// <exception cref="RefusedException">401 with its reason; 403 for a worker's token.</exception>
    public async Task<Actor> RequireActorAsync(HttpRequest request) => ActorOf(request, await RequireAsync(request));

    /// <summary>The administrator who sent the request, as somebody who acts.</summary>
    /// <exception cref="RefusedException">401 with its reason; 403 for everybody else.</exception>
    public async Task<Actor> RequireAdminAsync(HttpRequest request)
    {
        var caller = await RequireAsync(request);
        await permissions.RequireAdminAsync(caller, request.HttpContext.RequestAborted);
        return ActorOf(request, caller);
    }

    /// <summary>Somebody who administers the app, as somebody who acts.</summary>
    /// <exception cref="RefusedException">401 with its reason; 403 for everybody else.</exception>
    public async Task<Actor> RequireAppAdminAsync(HttpRequest request, string appId)
    {
        var caller = await RequireAsync(request);
        await permissions.RequireAppAdminAsync(caller, appId, request.HttpContext.RequestAborted);
        return ActorOf(request, caller);
    }

    /// <summary>The user whose access token the request carries, or the worker of that app.</summary>
    /// <exception cref="RefusedException">401 with its reason; 403 for the worker of another app.</exception>
    public async Task<Principal> RequireUserOrWorkerAsync(HttpRequest request, string appId)
    {
        var principal = await IdentifyAsync(request);
        return principal.AppId is null || principal.AppId == appId
            ? principal
            : throw new RefusedException(Refusal.Forbidden, $"the worker of app '{principal.AppId}' may do nothing in app '{appId}'");
    }

    /// <summary>The user who sent the request, once that is known, as somebody who acts.</summary>
    public Actor ActorOf(HttpRequest request, Caller caller) => new(caller.UserId, caller.Email, addresses.Of(request).Address);

    private async Task<Principal> IdentifyAsync(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.Ordinal) || header.Length == Scheme.Length)
        {
            throw new RefusedException(Refusal.Unauthenticated, "missing or invalid authorization header");
        }

        var token = header[Scheme.Length..];
        var principal = await externalTokens.AuthenticateAsync(token, request.HttpContext.RequestAborted) ?? await tokens.AuthenticateAsync(token);
        if (principal.User is { } user)
        {
            await identities.RequireAsync(user.UserId, principal.Session?.Epoch, request.HttpContext.RequestAborted);
        }

        return principal;
    }
}
