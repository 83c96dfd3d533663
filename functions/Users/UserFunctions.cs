using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using RootCx.Core.Auth;
using RootCx.Functions.Api;
using RootCx.Functions.Auth;

namespace RootCx.Functions.Users;

/// <summary>Shows accounts to everybody, and lets administrators change them.</summary>
public sealed class UserFunctions(Accounts accounts, Authenticator authenticator, IOptions<ApiOptions> api)
{
    /// <summary><c>GET /api/v1/users</c> → 200: everybody, by e-mail.</summary>
    [Function("Users")]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/users")] HttpRequest request)
    {
        await authenticator.RequireAsync(request);
        return TypedResults.Json(await accounts.ListAsync(request.HttpContext.RequestAborted), ApiJson.Plain.IReadOnlyListUser);
    }

    /// <summary><c>GET /api/v1/users/{userId}</c> → 200: one of them; 404.</summary>
    [Function("User")]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/users/{userId}")] HttpRequest request, string userId)
    {
        await authenticator.RequireAsync(request);
        return TypedResults.Json(await accounts.GetAsync(RouteIds.Require(userId), request.HttpContext.RequestAborted), ApiJson.Plain.User);
    }

    /// <summary><c>POST /api/v1/users</c>: <c>{email, password, displayName?}</c> → 201: makes an account for somebody. Administrators only.</summary>
    [Function("UserCreate")]
    public async Task<IResult> Create([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/users")] HttpRequest request)
    {
        var actor = await authenticator.RequireAdminAsync(request);
        using var body = await JsonBody.ReadObjectAsync(request, api.Value.JsonBodyBytes);
        var user = await accounts.CreateAsync(
            actor, body.RequireString("email"), body.RequireString("password"), body.OptionalString("displayName") ?? body.OptionalString("display_name"), request.HttpContext.RequestAborted);
        return TypedResults.Json(new RegisteredBody(user), ApiJson.Plain.RegisteredBody, statusCode: StatusCodes.Status201Created);
    }

    /// <summary>
    /// <c>DELETE /api/v1/users/{userId}</c> → 200: deletes the account with its sessions and roles. Administrators only; not the last one's.
    /// </summary>
    [Function("UserDelete")]
    public async Task<IResult> Delete(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/v1/users/{userId}")] HttpRequest request, string userId)
    {
        var actor = await authenticator.RequireAdminAsync(request);
        await accounts.DeleteAsync(actor, RouteIds.Require(userId), request.HttpContext.RequestAborted);
        return ApiResult.Message("user deleted");
    }

    /// <summary><c>POST /api/v1/users/{userId}/disable</c> → 200: nothing that stands for the user is accepted any more. Administrators only; not the last one.</summary>
    [Function("UserDisable")]
    public async Task<IResult> Disable(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/users/{userId}/disable")] HttpRequest request, string userId)
    {
        var actor = await authenticator.RequireAdminAsync(request);
        await accounts.DisableAsync(actor, RouteIds.Require(userId), request.HttpContext.RequestAborted);
        return ApiResult.Message("user disabled");
    }

    /// <summary><c>POST /api/v1/users/{userId}/enable</c> → 200: the user may sign in again. Administrators only.</summary>
    [Function("UserEnable")]
    public async Task<IResult> Enable(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/users/{userId}/enable")] HttpRequest request, string userId)
    {
        var actor = await authenticator.RequireAdminAsync(request);
        await accounts.EnableAsync(actor, RouteIds.Require(userId), request.HttpContext.RequestAborted);
        return ApiResult.Message("user enabled");
    }

    /// <summary><c>POST /api/v1/users/{userId}/password</c>: <c>{password}</c> → 200: sets it, and ends all of the user's sessions. Administrators only.</summary>
    [Function("PasswordReset")]
    public async Task<IResult> ResetPassword(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/users/{userId}/password")] HttpRequest request, string userId)
    {
        var actor = await authenticator.RequireAdminAsync(request);
        using var body = await JsonBody.ReadObjectAsync(request, api.Value.JsonBodyBytes);
        await accounts.ResetPasswordAsync(actor, RouteIds.Require(userId), body.RequireString("password"), request.HttpContext.RequestAborted);
        return ApiResult.Message("password reset");
    }
}
