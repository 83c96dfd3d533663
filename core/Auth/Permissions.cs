using Dapper;
using Npgsql;
using RootCx.Core.Errors;

namespace RootCx.Core.Auth;

/// <summary>What users may do. A held entry grants a key if it is <c>*</c>, the key itself, or ends with <c>:*</c> and the key begins with the part before.</summary>
public sealed class Permissions(NpgsqlDataSource database)
{
    private const int MostRoles = 64; // bounds the walk through inherited roles

    /// <summary>All entries that <paramref name="userId"/> holds through roles, inherited ones included, sorted.</summary>
    public async Task<IReadOnlyList<string>> HeldByAsync(Guid userId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var held = await connection.QueryAsync<string>(
            """
            with recursive held (role) as (
              select role from rbac_assignments where user_id = @userId
              union
              select inherited from held join rbac_roles on name = held.role cross join unnest(inherits) as inherited
            )
            select distinct permission
            from (select role from held limit @MostRoles) as bounded
            join rbac_roles on name = bounded.role
            cross join unnest(permissions) as permission
            order by permission
            """,
            new { userId, MostRoles });
        return held.AsList();
    }

    /// <summary>Whether <paramref name="userId"/> may do what the key <paramref name="wanted"/> stands for.</summary>
    public async Task<bool> HasAsync(Guid userId, string wanted, CancellationToken cancellationToken) =>
        Grants(await HeldByAsync(userId, cancellationToken), wanted);

    /// <summary>Refuses unless the caller administers the app: <c>*</c> or <c>app:{appId}:*</c>.</summary>
    /// <exception cref="RefusedException">403.</exception>
    public async Task RequireAppAdminAsync(Caller caller, string appId, CancellationToken cancellationToken)
    {
        var wanted = $"app:{appId}:*";
        if (!await HasAsync(caller.UserId, wanted, cancellationToken))
        {
            throw new RefusedException(Refusal.Forbidden, $"permission denied: {wanted}");
        }
    }

    /// <summary>Refuses unless the caller holds <c>*</c>.</summary>
    /// <exception cref="RefusedException">403 <c>admin access required</c>.</exception>
    public async Task RequireAdminAsync(Caller caller, CancellationToken cancellationToken)
    {
        if (!(await HeldByAsync(caller.UserId, cancellationToken)).Contains("*"))
        {
            throw new RefusedException(Refusal.Forbidden, "admin access required");
        }
    }

    /// <summary>Whether any of the entries grants the key <paramref name="wanted"/>.</summary>
    public static bool Grants(IEnumerable<string> held, string wanted) => held.Any(entry => Grants(entry, wanted));

    /// <summary>Whether the entry <paramref name="held"/> grants the key <paramref name="wanted"/>.</summary>
    public static bool Grants(string held, string wanted) =>
        held == "*"
        || held == wanted
        || (held.EndsWith(":*", StringComparison.Ordinal) && wanted.StartsWith(held[..^1], StringComparison.Ordinal));
}
