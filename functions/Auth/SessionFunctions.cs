using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using RootCx.Core.Auth;
using RootCx.Functions.Api;

namespace RootCx.Functions.Auth;

/// <summary>What users do with their own sessions and password.</summary>
public sealed class SessionFunctions(Sessions sessions, Accounts accounts, Authenticator authenticator, IOptions<ApiOptions> api)
{
    /// <summary><c>GET /api/v1/auth/sessions</c> → 200: where the caller is signed in, the one used last first.</summary>
    [Function("Sessions")]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/auth/sessions")] HttpRequest request)
    {
        var principal = await authenticator.RequireUserAsync(request);
        var own = await sessions.ListAsync(principal.User!.UserId, principal.Session?.SessionId, request.HttpContext.RequestAborted); // a user
        return TypedResults.Json(own, ApiJson.Plain.IReadOnlyListSession);
    }

    /// <summary><c>DELETE /api/v1/auth/sessions/{sessionId}</c> → 200: it can't be renewed any more; its access token lasts until it expires.</summary>
    [Function("SessionEnd")]
    public async Task<IResult> End(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/v1/auth/sessions/{sessionId}")] HttpRequest request, string sessionId)
    {
        var actor = await authenticator.RequireActorAsync(request);
        await sessions.EndOwnAsync(actor, RouteIds.Require(sessionId), request.HttpContext.RequestAborted);
        return ApiResult.Message("session ended");
    }

    /// <summary><c>POST /api/v1/auth/logout-everywhere</c> → 200: ends all of the caller's sessions, and all access tokens of them at once.</summary>
    [Function("LogoutEverywhere")]
    public async Task<IResult> EndAll([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/auth/logout-everywhere")] HttpRequest request)
    {
        await sessions.EndAllAsync(await authenticator.RequireActorAsync(request), request.HttpContext.RequestAborted);
        return ApiResult.Message("logged out everywhere");
    }

    /// <summary>
    /// <c>POST /api/v1/auth/password</c>: <c>{currentPassword, newPassword}</c> → 200: ends all other sessions. Access tokens are void from now on; the present session's
    /// refresh token gets a new one.
    /// </summary>
    [Function("PasswordChange")]
    public async Task<IResult> ChangePassword([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/auth/password")] HttpRequest request)
    {
        var principal = await authenticator.RequireUserAsync(request);
        var actor = authenticator.ActorOf(request, principal.User!); // a user
        using var body = await JsonBody.ReadObjectAsync(request, api.Value.JsonBodyBytes);
        await accounts.ChangePasswordAsync(
            actor, principal.Session?.SessionId, body.RequireString("currentPassword"), body.RequireString("newPassword"), request.HttpContext.RequestAborted);
        return ApiResult.Message("password changed");
    }
}
