using Dapper;
using Npgsql;
using RootCx.Core.Doorbells;
using RootCx.Core.Errors;

namespace RootCx.Core.Auth;

/// <summary>
/// Who users are and what they may do, remembered by this process. A change is in force at once where it is made, on other instances as soon as they hear of
/// it, and within a second in any case.
/// </summary>
public sealed class Identities : IDisposable
{
    private const int Most = 50_000;
    private const int MostRoles = 64; // bounds the walk through inherited roles

    private static readonly TimeSpan Age = TimeSpan.FromSeconds(1);

    private readonly NpgsqlDataSource _database;
    private readonly Doorbell _doorbell;
    private readonly DoorbellCache<Identity> _users;

    /// <summary>Listens for changes from now on.</summary>
    public Identities(NpgsqlDataSource database, Doorbell doorbell, DoorbellListener listener, TimeProvider time)
    {
        _database = database;
        _doorbell = doorbell;
        _users = new DoorbellCache<Identity>(listener, Topics.Identities, Age, Most, time, ReadAsync);
    }

    /// <summary>The user, or null if there is none.</summary>
    public ValueTask<Identity?> FindAsync(Guid userId, CancellationToken cancellationToken) => _users.FindAsync(userId.ToString(), cancellationToken);

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

    /// <summary>Something about a user has changed, and is in the database.</summary>
    public void Changed(Guid userId) => Changed(userId.ToString());

    /// <summary>Something about roles has changed, and is in the database.</summary>
    public void AllChanged() => Changed("");

    /// <inheritdoc />
    public void Dispose() => _users.Dispose();

    private static RefusedException Refused(string text) => new(Refusal.Unauthenticated, text);

    private void Changed(string key)
    {
        _users.Forget(key);
        _doorbell.Ring(Topics.Identities, key);
    }

    private async Task<Identity?> ReadAsync(string userId, CancellationToken cancellationToken)
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
            new { id = Guid.Parse(userId), MostRoles }, cancellationToken: cancellationToken));
        return row is { } user
            ? new Identity(Guid.Parse(userId), user.Email, user.IsDisabled, user.TokenEpoch, user.Roles, new Grants(user.Entries))
            : null;
    }
}
