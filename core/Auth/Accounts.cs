using System.Text;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Errors;

namespace RootCx.Core.Auth;

/// <summary>Registers users and signs them in.</summary>
public sealed class Accounts(NpgsqlDataSource database, Passwords passwords, AccessTokens tokens, IOptions<AuthOptions> options)
{
    private const int LongestEmail = 254; // RFC 5321, 4.5.3.1.3: a path of 256 octets less its brackets
    private const int LongestDisplayName = 200;
    private const int LongestPassword = 1024;

    /// <summary>
    /// Creates an account. The first one becomes administrator; registrations are serialised until there is one, so two at once make exactly one.
    /// </summary>
    /// <exception cref="RefusedException">Invalid e-mail, password or name, e-mail taken (400); registration is switched off (403).</exception>
    public async Task<User> RegisterAsync(string email, string password, string? displayName, CancellationToken cancellationToken)
    {
        email = email.Trim();
        Validate(email, password, displayName);
        if (options.Value.DisablePasswordLogin && await HasUsersAsync(cancellationToken))
        {
            throw new RefusedException(Refusal.Forbidden, "password registration is disabled");
        }

        var hash = passwords.Hash(password);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(
            """
            select pg_advisory_xact_lock(hashtextextended('rootcx_system.first_admin', 0))
            where not exists (select from rbac_assignments where role = 'admin')
            """,
            transaction: transaction);
        var user = await connection.QuerySingleOrDefaultAsync<User>(
            """
            insert into users (email, display_name, password_hash)
            values (@email, @displayName, @hash)
            on conflict (lower(email)) do nothing
            returning id, email, display_name, created_at
            """,
            new { email, displayName, hash },
            transaction) ?? throw Invalid($"email '{email}' already taken");
        await connection.ExecuteAsync(
            """
            insert into rbac_assignments (user_id, role)
            select @Id, 'admin' where not exists (select from rbac_assignments where role = 'admin')
            """,
            new { user.Id },
            transaction);
        await transaction.CommitAsync(cancellationToken);
        return user;
    }

    /// <summary>Checks e-mail and password and opens a session.</summary>
    /// <exception cref="RefusedException">Unknown e-mail or wrong password, both <c>invalid credentials</c> (401); passwords are switched off (403).</exception>
    public async Task<SignIn> SignInAsync(string email, string password, CancellationToken cancellationToken)
    {
        if (options.Value.DisablePasswordLogin && await HasUsersAsync(cancellationToken))
        {
            throw new RefusedException(Refusal.Forbidden, "password login is disabled");
        }

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var account = await connection.QuerySingleOrDefaultAsync<(Guid Id, string? Hash)?>(
            "select id, password_hash from users where lower(email) = lower(@email) and not is_system", new { email = email.Trim() });
        if (account is { Hash: null })
        {
            throw new RefusedException(Refusal.Unauthenticated, "password login not available");
        }

        if (!passwords.Verify(account?.Hash, password))
        {
            throw new RefusedException(Refusal.Unauthenticated, "invalid credentials");
        }

        return await OpenSessionAsync(connection, account!.Value.Id);
    }

    /// <summary>The user with this id.</summary>
    /// <exception cref="RefusedException">There is none (404).</exception>
    public async Task<User> GetAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<User>(
                "select id, email, display_name, created_at from users where id = @id and not is_system", new { id })
            ?? throw new RefusedException(Refusal.NotFound, "user not found");
    }

    /// <summary>Whether anybody has registered yet.</summary>
    public async Task<bool> HasUsersAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<bool>("select exists (select from users where not is_system)");
    }

    private async Task<SignIn> OpenSessionAsync(NpgsqlConnection connection, Guid userId)
    {
        var session = await connection.QuerySingleAsync<(Guid Id, string Email, string? DisplayName, DateTime CreatedAt)>(
            """
            with session as (
              insert into sessions (user_id, expires_at) values (@userId, now() + @lifetime) returning id, user_id
            )
            select session.id, users.email, users.display_name, users.created_at
            from session join users on users.id = session.user_id
            """,
            new { userId, lifetime = options.Value.RefreshTokenLifetime });
        var user = new User(userId, session.Email, session.DisplayName, session.CreatedAt);
        return new SignIn(tokens.IssueAccess(userId, user.Email), tokens.IssueRefresh(userId, session.Id), options.Value.AccessTokenLifetime, user);
    }

    private void Validate(string email, string password, string? displayName)
    {
        if (email.Length == 0)
        {
            throw Invalid("email required");
        }

        var at = email.IndexOf('@', StringComparison.Ordinal);
        if (at <= 0 || at == email.Length - 1 || email.LastIndexOf('@') != at || email.Length > LongestEmail || email.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)))
        {
            throw Invalid($"email '{Printable(email)}' is not an e-mail address: expected name@host, at most {LongestEmail} characters");
        }

        var bytes = Encoding.UTF8.GetByteCount(password);
        if (bytes < options.Value.MinimumPasswordLength)
        {
            throw Invalid($"password must be at least {options.Value.MinimumPasswordLength} characters");
        }

        if (bytes > LongestPassword)
        {
            throw Invalid($"password must be at most {LongestPassword} bytes");
        }

        if (displayName is not null && (displayName.Length > LongestDisplayName || displayName.Any(char.IsControl)))
        {
            throw Invalid($"displayName must be at most {LongestDisplayName} characters without control characters");
        }
    }

    private static string Printable(string text) => string.Concat(text.Take(60).Select(c => char.IsControl(c) ? '?' : c));

    private static RefusedException Invalid(string text) => new(Refusal.Invalid, text);
}
