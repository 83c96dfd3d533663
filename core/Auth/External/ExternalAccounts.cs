using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Extensions.Logging;
using Npgsql;
using RootCx.Core.Audit;
using RootCx.Core.Errors;

namespace RootCx.Core.Auth.External;

/// <summary>
/// Finds or makes the accounts of those who come from external issuers, and brings their e-mail, name and roles in line with what the issuer says. An
/// account belongs to issuer and subject; one that only has the same e-mail is somebody else's.
/// </summary>
internal sealed partial class ExternalAccounts(NpgsqlDataSource database, Identities identities, ILogger<ExternalAccounts> logger)
{
    private readonly ConcurrentDictionary<(string Issuer, string Role), bool> _undefined = new();

    /// <summary>
    /// The account of whom the profile is about. What a token says that is older than one seen before changes nothing. Null for somebody new who is shut out:
    /// that makes no account.
    /// </summary>
    /// <exception cref="RefusedException">There is none yet, and the e-mail belongs to another account (403).</exception>
    public async Task<ExternalAccount?> AdmitAsync(ExternalProfile profile, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var known = await FindAsync(connection, profile, transaction: null, cancellationToken);
        if (known is null && profile.IsShutOut)
        {
            return null;
        }

        if (known is not null && Standing(known, profile) is { } account)
        {
            return account;
        }

        try
        {
            return await BringInLineAsync(connection, profile, cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            // Somebody took the e-mail at this very moment; now that is seen.
            return await BringInLineAsync(connection, profile, cancellationToken);
        }
    }

    // The account if there is nothing to change about it.
    private static ExternalAccount? Standing(Known known, ExternalProfile profile)
    {
        if (profile.IssuedAt.UtcDateTime < known.IssuedAt)
        {
            var newest = profile with
            {
                Source = known.Source ?? profile.Source,
                Email = known.Email ?? profile.Email,
                DisplayName = known.DisplayName,
                Roles = known.Roles,
                IssuedAt = new DateTimeOffset(known.IssuedAt, TimeSpan.Zero),
            };
            return new ExternalAccount(known.UserId, known.UserEmail, newest);
        }

        return profile.IssuedAt.UtcDateTime == known.IssuedAt
            && profile.Source == known.Source
            && profile.Email == known.Email
            && (profile.DisplayName ?? known.DisplayName) == known.DisplayName
            && known.Defined.SequenceEqual(known.Roles, StringComparer.Ordinal)
                ? new ExternalAccount(known.UserId, known.UserEmail, profile)
                : null;
    }

    private static async Task<Known?> FindAsync(
        NpgsqlConnection connection, ExternalProfile profile, NpgsqlTransaction? transaction, CancellationToken cancellationToken) =>
        await connection.QuerySingleOrDefaultAsync<Known>(new CommandDefinition(
            """
            select user_id, users.email as user_email, issued_at, identity.email, identity.display_name, identity.roles, source,
              array(select name from rbac_roles where name = any(@Roles) order by name collate "C") as defined
            from external_identities as identity join users on users.id = user_id
            where issuer = @Issuer and subject = @Subject
            """,
            new { profile.Issuer, profile.Subject, Roles = profile.Roles.ToArray() },
            transaction,
            cancellationToken: cancellationToken));

    private async Task<ExternalAccount> BringInLineAsync(NpgsqlConnection connection, ExternalProfile profile, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "select pg_advisory_xact_lock(hashtextextended('rootcx_system.external_identity ' || @Issuer || ' ' || @Subject, 0))",
            new { profile.Issuer, profile.Subject },
            transaction,
            cancellationToken: cancellationToken));

        var known = await FindAsync(connection, profile, transaction, cancellationToken);
        if (known is null)
        {
            await CreateAsync(transaction, profile, cancellationToken);
            known = await FindAsync(connection, profile, transaction, cancellationToken)
                ?? throw new InvalidOperationException("The identity that was just recorded is not there."); // same transaction
            await RecordAsync(connection, AuditActions.UserCreated, known.UserId, profile.Email, profile.Source, roles: null, cancellationToken);
        }
        else if (Standing(known, profile) is { } standing)
        {
            return standing; // somebody else did it while the lock was waited for
        }

        var (email, emailChanged) = await UpdateUserAsync(transaction, known, profile, cancellationToken);
        var (roles, rolesChanged) = await AssignAsync(transaction, known, profile, cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            update external_identities
            set issued_at = @issuedAt, email = @seen, display_name = coalesce(@DisplayName, display_name), roles = @roles, source = @Source
            where issuer = @Issuer and subject = @Subject
            """,
            new
            {
                profile.Issuer,
                profile.Subject,
                profile.DisplayName,
                profile.Source,
                issuedAt = profile.IssuedAt.UtcDateTime,
                seen = email == profile.Email || emailChanged ? profile.Email : known.Email,
                roles,
            },
            transaction,
            cancellationToken: cancellationToken));
        if (rolesChanged)
        {
            await RecordAsync(connection, AuditActions.RolesMapped, known.UserId, email, profile.Source, roles, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);

        if (emailChanged || rolesChanged)
        {
            identities.Changed(known.UserId);
        }

        NameUndefined(profile, known);
        return new ExternalAccount(known.UserId, email, profile);
    }

    private static Task RecordAsync(
        NpgsqlConnection connection, string action, Guid userId, string email, string issuer, string[]? roles, CancellationToken cancellationToken)
    {
        var detail = new JsonObject { ["email"] = email, ["issuer"] = issuer };
        if (roles is not null)
        {
            detail["roles"] = new JsonArray([.. roles.Select(role => JsonValue.Create(role))]);
        }

        return AuditTrail.RecordAsync(connection, new Actor(userId, email, null), action, userId.ToString(), detail: detail, cancellationToken: cancellationToken);
    }

    private static async Task CreateAsync(NpgsqlTransaction transaction, ExternalProfile profile, CancellationToken cancellationToken)
    {
        // Nobody becomes administrator by coming first here: that takes a registration, or a role.
        var made = await transaction.Connection!.ExecuteAsync(new CommandDefinition(
            """
            with made as (
              insert into users (email, display_name) values (@Email, @DisplayName) on conflict (lower(email)) do nothing returning id
            )
            insert into external_identities (issuer, subject, user_id, email, display_name)
            select @Issuer, @Subject, id, @Email, @DisplayName from made
            """,
            new { profile.Issuer, profile.Subject, profile.Email, profile.DisplayName },
            transaction,
            cancellationToken: cancellationToken));
        if (made == 0)
        {
            throw new RefusedException(
                Refusal.Forbidden,
                $"the e-mail '{profile.Email}' belongs to another account of this platform, and having the same e-mail does not make it yours: "
                + "an administrator can delete that account, change its e-mail, or join the two");
        }
    }

    // What an administrator changed here stays until it changes at the issuer.
    private async Task<(string Email, bool Changed)> UpdateUserAsync(
        NpgsqlTransaction transaction, Known known, ExternalProfile profile, CancellationToken cancellationToken)
    {
        var connection = transaction.Connection!; // open as long as its transaction
        if (profile.DisplayName is not null && profile.DisplayName != known.DisplayName)
        {
            await connection.ExecuteAsync(new CommandDefinition(
                "update users set display_name = @DisplayName where id = @UserId",
                new { profile.DisplayName, known.UserId },
                transaction,
                cancellationToken: cancellationToken));
        }

        if (profile.Email == known.Email)
        {
            return (known.UserEmail, false);
        }

        var updated = await connection.ExecuteAsync(new CommandDefinition(
            """
            update users set email = @Email
            where id = @UserId and not exists (select from users where lower(email) = lower(@Email) and id <> @UserId)
            """,
            new { profile.Email, known.UserId },
            transaction,
            cancellationToken: cancellationToken));
        if (updated == 0)
        {
            Log.EmailTaken(logger, profile.Source, known.UserId);
        }

        return updated == 0 ? (known.UserEmail, false) : (profile.Email, true);
    }

    private async Task<(string[] Roles, bool Changed)> AssignAsync(
        NpgsqlTransaction transaction, Known known, ExternalProfile profile, CancellationToken cancellationToken)
    {
        if (known.Source == profile.Source && known.Defined.SequenceEqual(known.Roles, StringComparer.Ordinal))
        {
            return (known.Roles, false);
        }

        // The platform must not be left without an administrator: the next one to register would become it. Registration takes the same lock.
        var connection = transaction.Connection!; // open as long as its transaction
        var parameters = new { known.UserId, known.Defined, profile.Source, formerSource = known.Source, Role.Admin };
        await Accounts.LockAdminsAsync(connection, cancellationToken);
        var removed = await connection.ExecuteAsync(new CommandDefinition(
            """
            update rbac_assignments set source = @Source where user_id = @UserId and source = @formerSource and source <> @Source;
            delete from rbac_assignments
            where user_id = @UserId and source = @Source and role <> all(@Defined)
              and (role <> @Admin or exists (
                select from rbac_assignments other join users on users.id = other.user_id
                where other.role = @Admin and other.user_id <> @UserId and disabled_at is null and not is_system))
            """,
            parameters,
            transaction,
            cancellationToken: cancellationToken));
        var added = await connection.ExecuteAsync(new CommandDefinition(
            "insert into rbac_assignments (user_id, role, source) select @UserId, role, @Source from unnest(@Defined) as role on conflict do nothing",
            parameters,
            transaction,
            cancellationToken: cancellationToken));
        var keepsAdmin = !known.Defined.Contains(Role.Admin) && await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select exists (select from rbac_assignments where user_id = @UserId and role = @Admin and source = @Source)",
            parameters,
            transaction,
            cancellationToken: cancellationToken));
        if (keepsAdmin)
        {
            Log.LastAdmin(logger, profile.Source, known.UserId);
        }

        // What could not be taken away is recorded as given, so that it is tried again.
        string[] given = keepsAdmin ? [.. known.Defined.Append(Role.Admin).Order(StringComparer.Ordinal)] : known.Defined;
        return (given, removed + added > 0);
    }

    private void NameUndefined(ExternalProfile profile, Known known)
    {
        foreach (var role in profile.Roles.Except(known.Defined, StringComparer.Ordinal))
        {
            if (_undefined.TryAdd((profile.Source, role), true))
            {
                Log.UndefinedRole(logger, profile.Source, role);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1411, LogLevel.Warning, "Issuer {Issuer} maps to the role {Role}, which is not defined on this platform; it is left out until it is")]
        public static partial void UndefinedRole(ILogger logger, string issuer, string role);

        [LoggerMessage(1412, LogLevel.Warning, "Issuer {Issuer} has a new e-mail for user {UserId}, which belongs to another account; the user keeps the present one")]
        public static partial void EmailTaken(ILogger logger, string issuer, Guid userId);

        [LoggerMessage(1413, LogLevel.Warning, "Issuer {Issuer} no longer makes user {UserId} an administrator, but there is no other one; the role stays until there is")]
        public static partial void LastAdmin(ILogger logger, string issuer, Guid userId);
    }

    private sealed class Known
    {
        public Guid UserId { get; init; }

        public string UserEmail { get; init; } = "";

        public DateTime IssuedAt { get; init; }

        public string? Email { get; init; }

        public string? DisplayName { get; init; }

        public string[] Roles { get; init; } = [];

        public string? Source { get; init; }

        // Of the profile's roles, those that there are.
        public string[] Defined { get; init; } = [];
    }
}
