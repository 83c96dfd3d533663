using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using RootCx.Core.Auth;
using RootCx.Core.Errors;
using RootCx.Functions.Api;

namespace RootCx.Functions.Rbac;

/// <summary>Tells what users may do, and which keys there are.</summary>
public sealed class PermissionFunctions(Identities identities, PermissionCatalogue catalogue, Authenticator authenticator, Permissions permissions)
{
    /// <summary><c>GET /api/v1/permissions</c> → 200 <c>{roles, permissions}</c> of the caller: wildcards as they are, and all known keys that they match.</summary>
    [Function("Permissions")]
    public async Task<IResult> Own([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/permissions")] HttpRequest request)
    {
        var caller = await authenticator.RequireAsync(request);
        return await AnswerAsync(caller.UserId, request.HttpContext.RequestAborted);
    }

    /// <summary><c>GET /api/v1/permissions/{userId}</c> → 200: the same of somebody else, for administrators; of oneself for everybody.</summary>
    [Function("PermissionsOf")]
    public async Task<IResult> Of([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/permissions/{userId}")] HttpRequest request, string userId)
    {
        var caller = await authenticator.RequireAsync(request);
        var id = RouteIds.Require(userId);
        if (id != caller.UserId)
        {
            await permissions.RequireAdminAsync(caller, request.HttpContext.RequestAborted);
        }

        return await AnswerAsync(id, request.HttpContext.RequestAborted);
    }

    /// <summary><c>GET /api/v1/permissions/available</c> → 200 <c>[{key, description}]</c>: all known keys, sorted.</summary>
    [Function("PermissionsAvailable")]
    public async Task<IResult> Available([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/permissions/available")] HttpRequest request)
    {
        await authenticator.RequireAsync(request);
        return TypedResults.Json(await catalogue.ListAsync(request.HttpContext.RequestAborted), ApiJson.Plain.IReadOnlyListPermissionKey);
    }

    private async Task<IResult> AnswerAsync(Guid userId, CancellationToken cancellationToken)
    {
        var identity = await identities.FindAsync(userId, cancellationToken) ?? throw new RefusedException(Refusal.NotFound, "user not found");
        var body = new PermissionsBody(identity.Roles, await catalogue.SpellOutAsync(identity.Grants, cancellationToken));
        return TypedResults.Json(body, ApiJson.Plain.PermissionsBody);
    }
}

/// <summary>Answer of permissions, both sorted.</summary>
internal sealed record PermissionsBody(IReadOnlyList<string> Roles, IReadOnlyList<string> Permissions);
