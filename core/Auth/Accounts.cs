using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Audit;
using RootCx.Core.Errors;

namespace RootCx.Core.Auth;

/// <summary>Makes, shows, changes and deletes accounts.</summary>
public sealed class Accounts(NpgsqlDataSource database, Passwords passwords, Identities identities, Throttle throttle, IOptions<AuthOptions> options)
{
    private static readonly TimeSpan RegistrationPeriod = TimeSpan.FromHours(1);

    /// <summary>
    /// Creates an account for whoever asks. The first one becomes administrator; registrations are serialised until there is one, so two at once make exactly one.
    /// </summary>
    /// <exception cref="RefusedException">
    /// Invalid e-mail, password or name, e-mail taken (400); registration is switched off (403); too many from one address (429).
    /// </exception>
    public async Task<User> RegisterAsync(string email, string password, string? displayName, ClientOrigin client, CancellationToken cancellationToken)
    {
        email = AccountRules.RequireEmail(email);
        AccountRules.RequirePassword(password, options.Value.MinimumPasswordLength);
        AccountRules.RequireDisplayName(displayName);
        var isClosed = options.Value.DisablePasswordLogin || !options.Value.OpenRegistration;
        if (isClosed && await HasUsersAsync(cancellationToken))
        {
            throw Closed();
        }

        var most = options.Value.RegistrationsPerAddress * (client.IsLoopback ? options.Value.LoopbackFactor : 1);
        await throttle.TakeAsync([new ThrottleLimit($"register:{client.Network}", most, RegistrationPeriod)], cancellationToken);
        return await CreateAsync(new Actor(null, email, client.Address), email, password, displayName, firstIsAdmin: true, onlyFirst: isClosed, cancellationToken);
    }

    /// <summary>Creates an account for somebody else.</summary>
    /// <exception cref="RefusedException">Invalid e-mail, password or name, e-mail taken (400).</exception>
    public Task<User> CreateAsync(Actor actor, string email, string password, string? displayName, CancellationToken cancellationToken) => CreateAsync(
        actor,
        AccountRules.RequireEmail(email),
        AccountRules.RequirePassword(password, options.Value.MinimumPasswordLength),
        AccountRules.RequireDisplayName(displayName),
        firstIsAdmin: false,
        onlyFirst: false,
        cancellationToken);

    /// <summary>The user with this id.</summary>
    /// <exception cref="RefusedException">There is none (404).</exception>
    public async Task<User> GetAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<User>(new CommandDefinition(
            $"select {User.Columns} from users where id = @id and not is_system", new { id }, cancellationToken: cancellationToken)) ?? throw NotFound();
    }

    /// <summary>Everybody, by e-mail.</summary>
    public async Task<IReadOnlyList<User>> ListAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<User>(new CommandDefinition(
            $"select {User.Columns} from users where not is_system order by lower(email)", cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>Whether anybody has registered yet.</summary>
    public async Task<bool> HasUsersAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await HasUsersAsync(connection, cancellationToken);
    }

    /// <summary>Deletes an account with its sessions and roles. What it owns elsewhere belongs to nobody then.</summary>
    /// <exception cref="RefusedException">There is none of that id (404), or it is the last administrator (400).</exception>
    public Task DeleteAsync(Actor actor, Guid id, CancellationToken cancellationToken) => ChangeAsync(
        actor, id, AuditActions.UserDeleted, "delete from users where id = @id", isEndOfAdmin: true, "delete", cancellationToken);

    /// <summary>Locks an account: nothing that stands for it is accepted any more.</summary>
    /// <exception cref="RefusedException">There is none of that id (404), or it is the last administrator (400).</exception>
    public Task DisableAsync(Actor actor, Guid id, CancellationToken cancellationToken) => ChangeAsync(
        actor,
        id,
        AuditActions.UserDisabled,
        "update users set disabled_at = coalesce(disabled_at, now()), token_epoch = token_epoch + 1 where id = @id; delete from sessions where user_id = @id",
        isEndOfAdmin: true,
        "disable",
        cancellationToken);

    /// <summary>Unlocks an account; its user has to sign in anew.</summary>
    /// <exception cref="RefusedException">There is none of that id (404).</exception>
    public Task EnableAsync(Actor actor, Guid id, CancellationToken cancellationToken) => ChangeAsync(
        actor, id, AuditActions.UserEnabled, "update users set disabled_at = null where id = @id", isEndOfAdmin: false, "enable", cancellationToken);

    /// <summary>Sets somebody's password, and ends all their sessions.</summary>
    /// <exception cref="RefusedException">There is none of that id (404); the password is too short or too long (400).</exception>
    public async Task ResetPasswordAsync(Actor actor, Guid id, string password, CancellationToken cancellationToken)
    {
        var hash = passwords.Hash(AccountRules.RequirePassword(password, options.Value.MinimumPasswordLength));
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await SetPasswordAsync(connection, id, hash, present: null, exceptSession: null, cancellationToken))
        {
            throw NotFound();
        }

        await AuditTrail.RecordAsync(connection, actor, AuditActions.PasswordReset, id.ToString(), cancellationToken: cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        identities.Changed(id);
    }

    /// <summary>
    /// Sets the actor's own password, and ends all other sessions. Access tokens are void then, so that the present session has to be renewed as well.
    /// </summary>
    /// <exception cref="RefusedException">The present password is wrong, or there is none; the new one is too short or too long (400); too many tries (429).</exception>
    public async Task ChangePasswordAsync(Actor actor, Guid? session, string present, string password, CancellationToken cancellationToken)
    {
        AccountRules.RequirePassword(password, options.Value.MinimumPasswordLength);
        var id = actor.UserId!.Value; // signed in
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var hash = await connection.ExecuteScalarAsync<string>(new CommandDefinition(
            "select password_hash from users where id = @id", new { id }, cancellationToken: cancellationToken))
            ?? throw new RefusedException(Refusal.Invalid, "the account has no password to be changed");
        List<ThrottleLimit> limits = [new($"password:{id}", options.Value.FailuresPerAccount, options.Value.FailurePeriod)];
        await throttle.TakeAsync(limits, cancellationToken);
        if (passwords.Verify(hash, present) == PasswordMatch.None)
        {
            await AuditTrail.RecordAsync(
                connection, actor, AuditActions.SignInFailed, id.ToString(), detail: new JsonObject { ["reason"] = "wrong current password" },
                cancellationToken: cancellationToken);
            throw WrongPassword();
        }

        await throttle.GiveBackAsync(limits, cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await SetPasswordAsync(connection, id, passwords.Hash(password), hash, session, cancellationToken))
        {
            throw WrongPassword(); // it was changed at this moment
        }

        await AuditTrail.RecordAsync(connection, actor, AuditActions.PasswordChanged, id.ToString(), cancellationToken: cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        identities.Changed(id);
    }

    /// <summary>Refuses what would leave the platform without an administrator who can sign in. Holds the lock of administrators until the transaction ends.</summary>
    internal static async Task RequireAnotherAdminAsync(NpgsqlConnection connection, Guid than, string wish, CancellationToken cancellationToken)
    {
        await LockAdminsAsync(connection, cancellationToken);
        var isLast = await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            """
            select exists (select from rbac_assignments where role = 'admin' and user_id = @than)
              and not exists (
                select from rbac_assignments join users on users.id = user_id
                where role = 'admin' and user_id <> @than and disabled_at is null and not is_system)
            """,
            new { than }, cancellationToken: cancellationToken));
        if (isLast)
        {
            throw new RefusedException(Refusal.Invalid, $"cannot {wish} the last admin");
        }
    }

    private static Task<bool> HasUsersAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => connection.ExecuteScalarAsync<bool>(
        new CommandDefinition("select exists (select from users where not is_system)", cancellationToken: cancellationToken));

    private RefusedException Closed() => new(
        Refusal.Forbidden, options.Value.DisablePasswordLogin ? "password registration is disabled" : "registration is closed: ask an administrator for an account");

    internal static Task<int> LockAdminsAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => connection.ExecuteAsync(new CommandDefinition(
        "select pg_advisory_xact_lock(hashtextextended('rootcx_system.admins', 0))", cancellationToken: cancellationToken));

    // Not 401: clients answer that by renewing their session.
    private static RefusedException WrongPassword() => new(Refusal.Invalid, "the current password is wrong");

    private static RefusedException NotFound() => new(Refusal.NotFound, "user not found");

    // False if there is no such user, or the password is not the present one that it is to be.
    private static async Task<bool> SetPasswordAsync(
        NpgsqlConnection connection, Guid id, string hash, string? present, Guid? exceptSession, CancellationToken cancellationToken)
    {
        var set = await connection.ExecuteAsync(new CommandDefinition(
            "update users set password_hash = @hash where id = @id and not is_system and (@present::text is null or password_hash = @present)",
            new { id, hash, present }, cancellationToken: cancellationToken));
        await Sessions.EndAllAsync(connection, id, exceptSession, cancellationToken);
        return set > 0;
    }

    private async Task<User> CreateAsync(
        Actor actor, string email, string password, string? displayName, bool firstIsAdmin, bool onlyFirst, CancellationToken cancellationToken)
    {
        var hash = passwords.Hash(password);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var needsAdmin = firstIsAdmin && !await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select exists (select from rbac_assignments where role = 'admin')", cancellationToken: cancellationToken));
        if (needsAdmin)
        {
            await LockAdminsAsync(connection, cancellationToken);
        }

        if (onlyFirst && await HasUsersAsync(connection, cancellationToken))
        {
            throw Closed(); // somebody was faster
        }

        var user = await connection.QuerySingleOrDefaultAsync<User>(new CommandDefinition(
            $"""
            insert into users (email, display_name, password_hash) values (@email, @displayName, @hash)
            on conflict (lower(email)) do nothing
            returning {User.Columns}
            """,
            new { email, displayName, hash }, cancellationToken: cancellationToken))
            ?? throw new RefusedException(Refusal.Invalid, $"email '{email}' already taken");
        if (needsAdmin)
        {
            await connection.ExecuteAsync(new CommandDefinition(
                "insert into rbac_assignments (user_id, role) select @Id, 'admin' where not exists (select from rbac_assignments where role = 'admin')",
                new { user.Id }, cancellationToken: cancellationToken));
        }

        await AuditTrail.RecordAsync(
            connection, actor with { UserId = actor.UserId ?? user.Id }, AuditActions.UserCreated, user.Id.ToString(), detail: new JsonObject { ["email"] = email },
            cancellationToken: cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return user;
    }

    private async Task ChangeAsync(
        Actor actor, Guid id, string action, string sql, bool isEndOfAdmin, string wish, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var email = await connection.ExecuteScalarAsync<string>(new CommandDefinition(
            "select email from users where id = @id and not is_system for no key update", new { id }, cancellationToken: cancellationToken)) ?? throw NotFound();
        if (isEndOfAdmin)
        {
            await RequireAnotherAdminAsync(connection, id, wish, cancellationToken);
        }

        try
        {
            await connection.ExecuteAsync(new CommandDefinition(sql, new { id }, cancellationToken: cancellationToken));
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.ForeignKeyViolation or PostgresErrorCodes.RestrictViolation)
        {
            throw new RefusedException(
                Refusal.Conflict, $"cannot {wish} a user that records of '{exception.TableName}' in app '{exception.SchemaName}' have to point to: {exception.MessageText}");
        }

        await AuditTrail.RecordAsync(
            connection, actor, action, id.ToString(), detail: new JsonObject { ["email"] = email }, cancellationToken: cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        identities.Changed(id);
    }
}
