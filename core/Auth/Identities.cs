using Dapper;
using Npgsql;
using RootCx.Core.Database;
using RootCx.Core.Errors;

namespace RootCx.Core.Auth;

/// <summary>
/// Who users are and what they may do, remembered by this process. A change is in force at once where it is made, on other instances as soon as they hear of
/// it, and within a second in any case: see <see cref="AccessWatch"/>.
/// </summary>
public sealed class Identities
{
    private const int Most = 50_000;
    private const int MostRoles = 64; // bounds the walk through inherited roles

    private readonly NpgsqlDataSource _database;
    private readonly RowCache<Guid, Identity> _users;

    /// <summary>Remembers nobody yet.</summary>
    public Identities(NpgsqlDataSource database, AccessWatch watch, TimeProvider time)
    {
        _database = database;
        _users = new RowCache<Guid, Identity>(() => watch.Age, Most, time, ReadAsync);
        watch.OnChange(_users.Clear);
    }

    /// <summary>The user, or null if there is none.</summary>
    public ValueTask<Identity?> FindAsync(Guid userId, CancellationToken cancellationToken) => _users.FindAsync(userId, cancellationToken);

    /// <summary>The user who may act.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="epoch">Of the token that stands for the user; null for one that is bound to none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RefusedException">The account is gone or disabled, or the token was made void (401).</exception>
    public async ValueTask<Identity> RequireAsync(Guid userId, int? epoch, CancellationToken cancellationToken)
    {
        var identity = await FindAsync(userId, cancellationToken) ?? throw Refused("user not found");
        return identity.IsDisabled ? throw Refused("principal disabled")
            : epoch is { } made && made != identity.TokenEpoch ? throw Refused("session revoked or expired")
            : identity;
    }

    /// <summary>Something about a user has changed, and is in the database: here it is in force at once.</summary>
    public void Changed(Guid userId) => _users.Forget(userId);

    /// <summary>Something about roles has changed, and is in the database: here it is in force at once.</summary>
    public void AllChanged() => _users.Clear();

    private static RefusedException Refused(string text) => new(Refusal.Unauthenticated, text);

    private async Task<Identity?> ReadAsync(Guid userId, CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<(string Email, bool IsDisabled, int TokenEpoch, string[] Roles, string[] Entries)?>(new CommandDefinition(
            """
            with recursive held (role) as (
              select role from rbac_assignments where user_id = @id
              union
              select inherited from held join rbac_roles on name = held.role cross join unnest(inherits) as inherited
            ),
            bounded as materialized (select role from held limit @MostRoles)
            select email, disabled_at is not null, token_epoch,
              array(select role from bounded order by role),
              array(select distinct permission from bounded join rbac_roles on name = role cross join unnest(permissions) as permission)
            from users where id = @id and not is_system
            """,
            new { id = userId, MostRoles }, cancellationToken: cancellationToken));
        return row is { } user
            ? new Identity(userId, user.Email, user.IsDisabled, user.TokenEpoch, user.Roles, new Grants(user.Entries))
            : null;
    }
}
