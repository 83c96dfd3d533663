using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using RootCx.Core.Auth;
using RootCx.Functions.Api;

namespace RootCx.Functions.Rbac;

/// <summary>Roles, and who has them. Everybody may see the roles; the rest is for administrators.</summary>
public sealed class RoleFunctions(Roles roles, Authenticator authenticator, IOptions<ApiOptions> api)
{
    /// <summary><c>GET /api/v1/roles</c> → 200 <c>[{name, description, inherits, permissions}]</c>, by name.</summary>
    [Function("Roles")]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/roles")] HttpRequest request)
    {
        await authenticator.RequireAsync(request);
        return TypedResults.Json(await roles.ListAsync(request.HttpContext.RequestAborted), ApiJson.Plain.IReadOnlyListRole);
    }

    /// <summary><c>POST /api/v1/roles</c>: <c>{name, description?, inherits?, permissions?}</c> → 200.</summary>
    [Function("RoleCreate")]
    public async Task<IResult> Create([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/roles")] HttpRequest request)
    {
        var actor = await authenticator.RequireAdminAsync(request);
        using var body = await JsonBody.ReadObjectAsync(request, api.Value.JsonBodyBytes);
        var given = body.RootElement;
        given.RequireOnly("name", "description", "inherits", "permissions");
        var role = new Role(
            given.RequireString("name"), given.OptionalString("description"), given.OptionalStrings("inherits") ?? [], given.OptionalStrings("permissions") ?? []);
        await roles.CreateAsync(actor, role, request.HttpContext.RequestAborted);
        return ApiResult.Message($"role '{role.Name}' created");
    }

    /// <summary><c>PATCH /api/v1/roles/{name}</c>: any of <c>{description, inherits, permissions}</c> → 200.</summary>
    [Function("RoleChange")]
    public async Task<IResult> Change([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/v1/roles/{name}")] HttpRequest request, string name)
    {
        var actor = await authenticator.RequireAdminAsync(request);
        using var body = await JsonBody.ReadObjectAsync(request, api.Value.JsonBodyBytes);
        var given = body.RootElement;
        given.RequireOnly("description", "inherits", "permissions");
        var change = new RoleChange(given.OptionalString("description"), given.OptionalStrings("inherits"), given.OptionalStrings("permissions"));
        await roles.ChangeAsync(actor, name, change, request.HttpContext.RequestAborted);
        return ApiResult.Message($"role '{name}' updated");
    }

    /// <summary><c>DELETE /api/v1/roles/{name}</c> → 200: takes it from everybody who has it, too.</summary>
    [Function("RoleDelete")]
    public async Task<IResult> Delete([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/v1/roles/{name}")] HttpRequest request, string name)
    {
        var actor = await authenticator.RequireAdminAsync(request);
        await roles.DeleteAsync(actor, name, request.HttpContext.RequestAborted);
        return ApiResult.Message($"role '{name}' deleted");
    }

    /// <summary><c>GET /api/v1/roles/assignments</c> → 200 <c>[{userId, role, assignedAt}]</c>, newest first.</summary>
    [Function("RoleAssignments")]
    public async Task<IResult> Assignments([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/roles/assignments")] HttpRequest request)
    {
        await authenticator.RequireAdminAsync(request);
        return TypedResults.Json(await roles.AssignmentsAsync(request.HttpContext.RequestAborted), ApiJson.Plain.IReadOnlyListRoleAssignment);
    }

    /// <summary><c>POST /api/v1/roles/assign</c>: <c>{userId, role}</c> → 200, also when the user has it already.</summary>
    [Function("RoleAssign")]
    public async Task<IResult> Assign([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/roles/assign")] HttpRequest request)
    {
        var actor = await authenticator.RequireAdminAsync(request);
        var (userId, role) = await ReadAsync(request);
        await roles.AssignAsync(actor, userId, role, request.HttpContext.RequestAborted);
        return ApiResult.Message($"role '{role}' assigned");
    }

    /// <summary><c>POST /api/v1/roles/revoke</c>: <c>{userId, role}</c> → 200; 404 when the user does not have it.</summary>
    [Function("RoleRevoke")]
    public async Task<IResult> Revoke([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/roles/revoke")] HttpRequest request)
    {
        var actor = await authenticator.RequireAdminAsync(request);
        var (userId, role) = await ReadAsync(request);
        await roles.RevokeAsync(actor, userId, role, request.HttpContext.RequestAborted);
        return ApiResult.Message($"role '{role}' revoked");
    }

    private async Task<(Guid UserId, string Role)> ReadAsync(HttpRequest request)
    {
        using var body = await JsonBody.ReadObjectAsync(request, api.Value.JsonBodyBytes);
        return (RouteIds.Require(body.RequireString("userId")), body.RequireString("role"));
    }
}
