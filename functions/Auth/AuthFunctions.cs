using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using RootCx.Core.Auth;
using RootCx.Functions.Api;

namespace RootCx.Functions.Auth;

/// <summary>Registration and sign-in.</summary>
public sealed class AuthFunctions(
    Accounts accounts,
    SignIns signIns,
    Sessions sessions,
    Authenticator authenticator,
    ClientAddress addresses,
    IOptions<AuthOptions> options,
    IOptions<ApiOptions> api)
{
    /// <summary><c>POST /api/v1/auth/register</c>: <c>{email, password, displayName?}</c> → 201 with the user; no tokens.</summary>
    [Function("Register")]
    public async Task<IResult> Register([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/auth/register")] HttpRequest request)
    {
        using var body = await JsonBody.ReadObjectAsync(request, api.Value.JsonBodyBytes);
        var user = await accounts.RegisterAsync(
            body.RequireString("email"),
            body.RequireString("password"),
            body.OptionalString("displayName") ?? body.OptionalString("display_name"),
            addresses.Of(request),
            request.HttpContext.RequestAborted);
        return TypedResults.Json(new RegisteredBody(user), ApiJson.Plain.RegisteredBody, statusCode: StatusCodes.Status201Created);
    }

    /// <summary><c>POST /api/v1/auth/login</c>: <c>{email, password}</c> → 200 with both tokens and the user.</summary>
    [Function("Login")]
    public async Task<IResult> Login([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/auth/login")] HttpRequest request)
    {
        using var body = await JsonBody.ReadObjectAsync(request, api.Value.JsonBodyBytes);
        var signIn = await signIns.SignInAsync(
            body.RequireString("email"), body.RequireString("password"), addresses.Of(request), request.HttpContext.RequestAborted);
        return TypedResults.Json(
            new SignedInBody(signIn.AccessToken, signIn.RefreshToken, (int)signIn.ExpiresIn.TotalSeconds, signIn.User), ApiJson.Plain.SignedInBody);
    }

    /// <summary>
    /// <c>POST /api/v1/auth/refresh</c>: <c>{refreshToken}</c> → 200 with a new access token and the next refresh token. The old one answers for 30 s more; after that it
    /// ends the session.
    /// </summary>
    [Function("Refresh")]
    public async Task<IResult> Refresh([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/auth/refresh")] HttpRequest request)
    {
        using var body = await JsonBody.ReadObjectAsync(request, api.Value.JsonBodyBytes);
        var renewed = await sessions.RenewAsync(body.RequireString("refreshToken"), addresses.Of(request), request.HttpContext.RequestAborted);
        return TypedResults.Json(
            new RenewedBody(renewed.AccessToken, renewed.RefreshToken, (int)renewed.ExpiresIn.TotalSeconds), ApiJson.Plain.RenewedBody);
    }

    /// <summary><c>POST /api/v1/auth/logout</c>: <c>{refreshToken}</c> → 200, also when its session was over. Access tokens last until they expire.</summary>
    [Function("Logout")]
    public async Task<IResult> Logout([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/auth/logout")] HttpRequest request)
    {
        using var body = await JsonBody.ReadObjectAsync(request, api.Value.JsonBodyBytes);
        await sessions.EndAsync(body.RequireString("refreshToken"), addresses.Of(request), request.HttpContext.RequestAborted);
        return ApiResult.Message("logged out");
    }

    /// <summary><c>GET /api/v1/auth/me</c> → 200 with the caller.</summary>
    [Function("Me")]
    public async Task<IResult> Me([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/auth/me")] HttpRequest request)
    {
        var caller = await authenticator.RequireAsync(request);
        return TypedResults.Json(await accounts.GetAsync(caller.UserId, request.HttpContext.RequestAborted), ApiJson.Plain.User);
    }

    /// <summary><c>GET /api/v1/auth/mode</c> → 200: which ways to sign in there are, for clients that have none yet.</summary>
    [Function("AuthMode")]
    public async Task<IResult> Mode([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/auth/mode")] HttpRequest request)
    {
        var setupRequired = !await accounts.HasUsersAsync(request.HttpContext.RequestAborted);
        var passwords = setupRequired || !options.Value.DisablePasswordLogin;
        return TypedResults.Json(new AuthModeBody(true, setupRequired, passwords, false, []), ApiJson.Plain.AuthModeBody);
    }
}
