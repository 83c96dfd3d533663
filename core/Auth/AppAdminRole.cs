using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using RootCx.Core.Audit;
using RootCx.Core.Errors;

namespace RootCx.Core.Auth;

/// <summary>The role that whoever installs a new app gets: <c>app:{appId}:admin</c>, with <c>app:{appId}:*</c>. It outlives the app.</summary>
internal static class AppAdminRole
{
    /// <summary>Gives a user the role, which is made if it is not there; in the caller's transaction.</summary>
    /// <exception cref="RefusedException">There is a role of that name that allows something else (409).</exception>
    public static async Task GrantAsync(NpgsqlConnection connection, Actor actor, Guid userId, string appId, CancellationToken cancellationToken)
    {
        var name = $"app:{appId}:admin";
        var permission = Grants.AdministersOf(appId);
        await Roles.LockAsync(connection, cancellationToken);
        var made = await connection.ExecuteAsync(new CommandDefinition(
            "insert into rbac_roles (name, description, permissions) values (@name, @description, array[@permission]) on conflict (name) do nothing",
            new { name, permission, description = $"Administers the app {appId}" }, cancellationToken: cancellationToken));
        if (made > 0)
        {
            var detail = new JsonObject { ["permissions"] = new JsonArray(permission) };
            await AuditTrail.RecordAsync(connection, actor, AuditActions.RoleCreated, name, detail: detail, cancellationToken: cancellationToken);
        }

        // Whoever may make apps must not come by more than that because somebody put more into the role of an earlier one.
        var isPlain = await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select permissions = array[@permission] and inherits = '{}' from rbac_roles where name = @name", new { name, permission }, cancellationToken: cancellationToken));
        if (!isPlain)
        {
            throw new RefusedException(Refusal.Conflict, $"the role '{name}' is there already and allows something else than {permission}: an administrator has to delete or change it first");
        }

        await connection.ExecuteAsync(new CommandDefinition(
            "insert into rbac_assignments (user_id, role) values (@userId, @name) on conflict (user_id, role) do nothing", new { userId, name }, cancellationToken: cancellationToken));
        await Roles.RecordAsync(connection, actor, AuditActions.RoleAssigned, userId, name, cancellationToken);
    }
}
