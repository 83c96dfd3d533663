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

        var limits = Limits(email, client);
        await throttle.TakeAsync(limits, cancellationToken);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var account = await connection.QuerySingleOrDefaultAsync<(Guid Id, string? Hash, bool IsDisabled)?>(new CommandDefinition(
            "select id, password_hash, disabled_at is not null from users where lower(email) = lower(@email) and not is_system",
            new { email }, cancellationToken: cancellationToken));
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
        if (match == PasswordMatch.Outdated)
        {
            await connection.ExecuteAsync(new CommandDefinition(
                "update users set password_hash = @hash where id = @Id and password_hash = @outdated", // unless it was changed meanwhile
                new { account.Value.Id, outdated = account.Value.Hash, hash = passwords.Hash(password) }, cancellationToken: cancellationToken));
        }

        var signIn = await sessions.OpenAsync(connection, account.Value.Id, client, cancellationToken);
        await AuditTrail.RecordAsync(connection, actor, AuditActions.SignedIn, cancellationToken: cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return signIn;
    }

    // Whatever was sent as one.
    private static string LogSafe(string email) => string.Concat(email.EnumerateRunes().Take(254));

    private List<ThrottleLimit> Limits(string email, ClientOrigin client)
    {
        var factor = client.IsLoopback ? options.Value.LoopbackFactor : 1;
        return
        [
            new ThrottleLimit($"account:{LogSafe(email).ToLowerInvariant()}", options.Value.FailuresPerAccount * factor, options.Value.FailurePeriod),
            new ThrottleLimit($"address:{client.Address}", options.Value.FailuresPerAddress * factor, options.Value.FailurePeriod),
        ];
    }
}
