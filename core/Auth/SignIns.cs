using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Audit;
using RootCx.Core.Errors;

namespace RootCx.Core.Auth;

/// <summary>Checks e-mails and passwords.</summary>
public sealed class SignIns(
    NpgsqlDataSource database, Passwords passwords, Sessions sessions, Accounts accounts, Throttle throttle, IOptions<AuthOptions> options)
{
    /// <summary>Signs somebody in.</summary>
    /// <exception cref="RefusedException">
    /// Unknown e-mail or wrong password, both <c>invalid credentials</c>; an account without a password, or a disabled one (401); passwords are switched off
    /// (403); too many failures for the account or from the address (429).
    /// </exception>
    public async Task<SignIn> SignInAsync(string email, string password, ClientOrigin client, CancellationToken cancellationToken)
    {
        email = email.Trim();
        if (options.Value.DisablePasswordLogin && await accounts.HasUsersAsync(cancellationToken))
        {
            throw new RefusedException(Refusal.Forbidden, "password login is disabled");
        }

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var account = await connection.QuerySingleOrDefaultAsync<(Guid Id, string? Hash, bool IsDisabled)?>(new CommandDefinition(
            "select id, password_hash, disabled_at is not null from users where lower(email) = lower(@email) and not is_system",
            new { email }, cancellationToken: cancellationToken));
        var limits = Limits(account?.Id.ToString() ?? LogSafe(email).ToLowerInvariant(), client); // the account's id, however its e-mail is spelled
        await throttle.TakeAsync(limits, cancellationToken);
        var actor = new Actor(account?.Id, LogSafe(email), client.Address);
        var match = passwords.Verify(account?.Hash, password); // takes as long for an account that is not there
        if (match == PasswordMatch.None || account is null or { IsDisabled: true })
        {
            var reason = account is { Hash: null } ? "password login not available"
                : match != PasswordMatch.None && account is { IsDisabled: true } ? "principal disabled"
                : "invalid credentials";
            await AuditTrail.RecordAsync(
                connection, actor, AuditActions.SignInFailed, detail: new JsonObject { ["reason"] = reason }, cancellationToken: cancellationToken);
            throw new RefusedException(Refusal.Unauthenticated, reason);
        }

        await throttle.GiveBackAsync(limits, cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var isStillSo = await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select exists (select from users where id = @Id and password_hash = @Hash and disabled_at is null for no key update)",
            new { account.Value.Id, account.Value.Hash }, cancellationToken: cancellationToken));
        if (!isStillSo)
        {
            throw new RefusedException(Refusal.Unauthenticated, "invalid credentials"); // the password was changed, or the account locked, at this moment
        }

        if (match == PasswordMatch.Outdated)
        {
            await connection.ExecuteAsync(new CommandDefinition(
                "update users set password_hash = @hash where id = @Id", new { account.Value.Id, hash = passwords.Hash(password) }, cancellationToken: cancellationToken));
        }

        var signIn = await sessions.OpenAsync(connection, account.Value.Id, client, cancellationToken);
        await AuditTrail.RecordAsync(connection, actor, AuditActions.SignedIn, cancellationToken: cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return signIn;
    }

    // Whatever was sent as one.
    private static string LogSafe(string email) => string.Concat(email.EnumerateRunes().Take(254));

    private List<ThrottleLimit> Limits(string account, ClientOrigin client)
    {
        var factor = client.IsLoopback ? options.Value.LoopbackFactor : 1;
        return
        [
            new ThrottleLimit($"account:{account}", options.Value.FailuresPerAccount * factor, options.Value.FailurePeriod),
            new ThrottleLimit($"address:{client.Network}", options.Value.FailuresPerAddress * factor, options.Value.FailurePeriod),
        ];
    }
}
