using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using RootCx.Core.Audit;
using RootCx.Core.Errors;

namespace RootCx.Core.Auth;

/// <summary>Makes, changes and deletes roles, and gives them to users.</summary>
public sealed class Roles(NpgsqlDataSource database, Identities identities)
{
    /// <summary>All of them, by name.</summary>
    public async Task<IReadOnlyList<Role>> ListAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<(string Name, string? Description, string[] Inherits, string[] Permissions)>(new CommandDefinition(
            "select name, description, inherits, permissions from rbac_roles order by name", cancellationToken: cancellationToken));
        return [.. rows.Select(row => new Role(row.Name, row.Description, row.Inherits, row.Permissions))];
    }

    /// <summary>Makes a role.</summary>
    /// <exception cref="RefusedException">Something in it is not valid, its name is taken or reserved, or it would inherit from itself (400).</exception>
    public async Task CreateAsync(Actor actor, Role role, CancellationToken cancellationToken)
    {
        var name = RoleRules.RequireName(role.Name);
        if (name == Role.Admin)
        {
            throw Invalid("cannot create a role named 'admin' (reserved)");
        }

        var description = RoleRules.RequireDescription(role.Description);
        var inherits = RoleRules.RequireInherits(role.Inherits);
        var permissions = RoleRules.RequirePermissions(role.Permissions);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await LockAsync(connection, cancellationToken);
        var made = await connection.ExecuteAsync(new CommandDefinition(
            "insert into rbac_roles (name, description, inherits, permissions) values (@name, @description, @inherits, @permissions) on conflict do nothing",
            new { name, description, inherits, permissions }, cancellationToken: cancellationToken));
        if (made == 0)
        {
            throw Invalid($"role '{name}' already exists");
        }

        await RefuseCycleAsync(connection, name, cancellationToken);
        await AuditTrail.RecordAsync(
            connection, actor, AuditActions.RoleCreated, name, detail: Detail(description, inherits, permissions), cancellationToken: cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        identities.AllChanged(); // somebody may have it, or inherit from it, already
    }

    /// <summary>Changes a role.</summary>
    /// <exception cref="RefusedException">Something in it is not valid, there is nothing to change, or it would inherit from itself (400); there is no such role (404).</exception>
    public async Task ChangeAsync(Actor actor, string name, RoleChange change, CancellationToken cancellationToken)
    {
        var inherits = change.Inherits is null ? null : RoleRules.RequireInherits(change.Inherits);
        var permissions = change.Permissions is null ? null : RoleRules.RequirePermissions(change.Permissions);
        var description = RoleRules.RequireDescription(change.Description);
        if (name == Role.Admin && (inherits is not null || permissions is not null))
        {
            throw Invalid("cannot modify permissions or inherits on built-in admin role");
        }

        if (change == new RoleChange(null, null, null))
        {
            throw Invalid("no fields to update");
        }

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await LockAsync(connection, cancellationToken);
        var changed = await connection.ExecuteAsync(new CommandDefinition(
            """
            update rbac_roles set description = coalesce(@description, description), inherits = coalesce(@inherits, inherits), permissions = coalesce(@permissions, permissions)
            where name = @name
            """,
            new { name, description, inherits, permissions }, cancellationToken: cancellationToken));
        if (changed == 0)
        {
            throw NotFound(name);
        }

        await RefuseCycleAsync(connection, name, cancellationToken);
        await AuditTrail.RecordAsync(
            connection, actor, AuditActions.RoleChanged, name, detail: Detail(description, inherits, permissions), cancellationToken: cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        identities.AllChanged();
    }

    /// <summary>Deletes a role, and takes it from everybody who has it.</summary>
    /// <exception cref="RefusedException">It is the administrators' (400), or there is no such role (404).</exception>
    public async Task DeleteAsync(Actor actor, string name, CancellationToken cancellationToken)
    {
        if (name == Role.Admin)
        {
            throw Invalid("cannot delete built-in admin role");
        }

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await LockAsync(connection, cancellationToken);
        var deleted = await connection.ExecuteScalarAsync<int>(new CommandDefinition(
            """
            with gone as (delete from rbac_roles where name = @name returning name),
            taken as (delete from rbac_assignments using gone where role = gone.name)
            select count(*)::integer from gone
            """,
            new { name }, cancellationToken: cancellationToken));
        if (deleted == 0)
        {
            throw NotFound(name);
        }

        await AuditTrail.RecordAsync(connection, actor, AuditActions.RoleDeleted, name, cancellationToken: cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        identities.AllChanged();
    }

    /// <summary>Who has which role, newest first.</summary>
    public async Task<IReadOnlyList<RoleAssignment>> AssignmentsAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<RoleAssignment>(new CommandDefinition(
            "select user_id, role, assigned_at from rbac_assignments order by assigned_at desc, user_id, role", cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>Gives a user a role; one who has it already keeps it.</summary>
    /// <exception cref="RefusedException">There is no such role (400), or no such user (409).</exception>
    public async Task AssignAsync(Actor actor, Guid userId, string role, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await LockAsync(connection, cancellationToken);
        var (isRole, isUser) = await connection.QuerySingleAsync<(bool IsRole, bool IsUser)>(new CommandDefinition(
            "select exists (select from rbac_roles where name = @role), exists (select from users where id = @userId and not is_system)",
            new { userId, role }, cancellationToken: cancellationToken));
        if (!isRole)
        {
            throw Invalid($"role '{role}' not defined");
        }

        if (!isUser)
        {
            throw new RefusedException(Refusal.Conflict, $"foreign key constraint violated: there is no user '{userId}'");
        }

        var assigned = await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into rbac_assignments as a (user_id, role) values (@userId, @role)
            on conflict (user_id, role) do update set source = null where a.source is not null -- one that an issuer gave stays when it takes it back
            """,
            new { userId, role }, cancellationToken: cancellationToken));
        if (assigned > 0)
        {
            await RecordAsync(connection, actor, AuditActions.RoleAssigned, userId, role, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        identities.Changed(userId);
    }

    /// <summary>Takes a role from a user.</summary>
    /// <exception cref="RefusedException">The user does not have it (404), or would be the last administrator (400).</exception>
    public async Task RevokeAsync(Actor actor, Guid userId, string role, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (role == Role.Admin)
        {
            await Accounts.RequireAnotherAdminAsync(connection, userId, "revoke", cancellationToken);
        }

        var revoked = await connection.ExecuteAsync(new CommandDefinition(
            "delete from rbac_assignments where user_id = @userId and role = @role", new { userId, role }, cancellationToken: cancellationToken));
        if (revoked == 0)
        {
            throw new RefusedException(Refusal.NotFound, $"assignment not found for role '{role}'");
        }

        await RecordAsync(connection, actor, AuditActions.RoleRevoked, userId, role, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        identities.Changed(userId);
    }

    /// <summary>Records that somebody was given a role, or that it was taken.</summary>
    internal static Task RecordAsync(NpgsqlConnection connection, Actor actor, string action, Guid userId, string role, CancellationToken cancellationToken) =>
        AuditTrail.RecordAsync(connection, actor, action, userId.ToString(), detail: new JsonObject { ["role"] = role }, cancellationToken: cancellationToken);

    /// <summary>Two changes that are each right by themselves could make a circle together, so one comes after the other, until the end of the transaction.</summary>
    internal static Task<int> LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => connection.ExecuteAsync(new CommandDefinition(
        "select pg_advisory_xact_lock(hashtextextended('rootcx_system.roles', 0))", cancellationToken: cancellationToken));

    private static async Task RefuseCycleAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        var isCycle = await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            """
            with recursive above (role) as (
              select unnest(inherits) from rbac_roles where name = @name
              union
              select inherited from above join rbac_roles on rbac_roles.name = above.role cross join unnest(inherits) as inherited
            )
            select exists (select from above where role = @name)
            """,
            new { name }, cancellationToken: cancellationToken));
        if (isCycle)
        {
            throw Invalid($"role hierarchy cycle involving '{name}'");
        }
    }

    private static JsonObject Detail(string? description, string[]? inherits, string[]? permissions)
    {
        var detail = new JsonObject();
        if (description is not null)
        {
            detail["description"] = description;
        }

        if (inherits is not null)
        {
            detail["inherits"] = new JsonArray([.. inherits.Select(role => JsonValue.Create(role))]);
        }

        if (permissions is not null)
        {
            detail["permissions"] = new JsonArray([.. permissions.Select(key => JsonValue.Create(key))]);
        }

        return detail;
    }

    private static RefusedException NotFound(string name) => new(Refusal.NotFound, $"role '{name}' not found");

    private static RefusedException Invalid(string text) => new(Refusal.Invalid, text);
}
