using System.Collections.Concurrent;
using System.Security.Cryptography;
using Dapper;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Audit;
using RootCx.Core.Database;
using RootCx.Core.Errors;
using RootCx.Core.Secrets;

namespace RootCx.Core.Apps;

/// <summary>
/// An app's own part of the database: a schema named after the app, which the platform owns, and a login role that may use it and make tables in it. Besides that the role sees
/// the users' names and addresses, nothing else of the platform or of other apps. Its password is random and kept among the app's secrets, so it does not depend on the master key.
/// </summary>
public sealed class AppDatabase(
    NpgsqlDataSource database, IConfiguration configuration, SecretVault vault, SecretStore secrets, MasterKeys masters, IOptions<AppOptions> options)
{
    private const int PasswordDigits = 64;
    private const int TerminationMilliseconds = 5000;
    private const string RolePrefix = "rootcx_app_";
    private const string PasswordName = $"{SecretName.ReservedPrefix}DATABASE_PASSWORD";

    // With which password this process has seen to the app's role.
    private readonly ConcurrentDictionary<string, string> _made = new();

    /// <summary>Returns how the app logs in. Makes role and schema if they are missing, or this process has not seen to them yet.</summary>
    /// <exception cref="RefusedException">The password can't be decrypted (500).</exception>
    public async Task<AppDatabaseAccess> EnsureAsync(string appId, CancellationToken cancellationToken)
    {
        AppId.Require(appId);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var password = await vault.FindAsync(connection, appId, PasswordName);
        if (password is null || _made.GetValueOrDefault(appId) != password)
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            password = await MakeAsync(connection, appId, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            _made[appId] = password;
        }

        return new AppDatabaseAccess(UrlFor(RoleOf(appId), password), password);
    }

    /// <summary>Makes role and schema if they are missing, and sets right what is not as it should be; in the caller's transaction.</summary>
    /// <exception cref="RefusedException">The password can't be decrypted (500).</exception>
    public Task EnsureAsync(NpgsqlConnection connection, string appId, CancellationToken cancellationToken) => MakeAsync(connection, appId, cancellationToken);

    /// <summary>
    /// Drops the schema with all that is in it, and the role, whose sessions are ended; in the caller's transaction. Nothing of it being there is fine. A role that
    /// another database of the server knows as well stays.
    /// </summary>
    public async Task DropAsync(NpgsqlConnection connection, string appId, CancellationToken cancellationToken)
    {
        var role = RoleOf(AppId.Require(appId));
        await LockAsync(connection, appId, cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            delete from secrets where scope = @appId and name = @PasswordName;
            select pg_terminate_backend(pid, @TerminationMilliseconds) from pg_stat_activity where usename = @role and datname = current_database();
            """,
            new { appId, role, PasswordName, TerminationMilliseconds }, cancellationToken: cancellationToken));

        // The id is a plain identifier, so it can stand in DDL, which takes no parameters.
        await connection.ExecuteAsync(new CommandDefinition(
            $"""
            drop schema if exists "{appId}" cascade;

            do $$ begin
              if exists (select from pg_roles where rolname = '{role}') then
                drop owned by "{role}" cascade;
                if not exists (select from pg_shdepend where refclassid = 'pg_authid'::regclass and refobjid = '"{role}"'::regrole) then
                  drop role "{role}";
                end if;
              end if;
            end $$;
            """,
            cancellationToken: cancellationToken));
        _made.TryRemove(appId, out _);
    }

    /// <summary>
    /// Gives the role another password and replaces the app's worker, which has the old one, as a changed secret does. Sessions that are open stay open; new ones
    /// need the new password from now on.
    /// </summary>
    /// <returns>How many workers will be replaced for it.</returns>
    /// <exception cref="RefusedException">The scope's key can't be decrypted (500).</exception>
    public async Task<int> RotateAsync(Actor actor, string appId, CancellationToken cancellationToken)
    {
        AppId.Require(appId);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await LockAsync(connection, appId, cancellationToken);
        var password = NewPassword();
        await vault.PutAsync(connection, appId, PasswordName, password, transaction);
        await MakeAsync(connection, appId, password, cancellationToken);
        await AuditTrail.RecordAsync(connection, actor, AuditActions.AppDatabasePasswordRotated, appId: appId, cancellationToken: cancellationToken);
        return await secrets.CommitAsync(connection, appId, transaction, cancellationToken);
    }

    /// <summary>The name of the app's role.</summary>
    internal static string RoleOf(string appId) => RolePrefix + appId;

    private static string NewPassword() => RandomNumberGenerator.GetHexString(PasswordDigits, lowercase: true);

    // Two who make the same role at once would get in each other's way; those of different apps don't.
    private static async Task LockAsync(NpgsqlConnection connection, string appId, CancellationToken cancellationToken) => await connection.ExecuteAsync(new CommandDefinition(
        "select pg_advisory_xact_lock(hashtextextended('rootcx_system.app_database.' || @appId, 0))", new { appId }, cancellationToken: cancellationToken));

    private async Task<string> MakeAsync(NpgsqlConnection connection, string appId, CancellationToken cancellationToken)
    {
        await LockAsync(connection, AppId.Require(appId), cancellationToken);
        var password = await vault.FindAsync(connection, appId, PasswordName);
        if (password is null)
        {
            // A role without a stored password was made when passwords were derived, and its worker may be running.
            var isThere = await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
                "select exists (select from pg_roles where rolname = @role)", new { role = RoleOf(appId) }, cancellationToken: cancellationToken));
            password = isThere ? masters.DeriveDatabasePassword(appId) : NewPassword();
            await vault.PutAsync(connection, appId, PasswordName, password);
        }

        await MakeAsync(connection, appId, password, cancellationToken);
        return password;
    }

    // The id is a plain identifier and the password hex, so both can stand in DDL, which takes no parameters. The schema was the role's own once.
    private async Task MakeAsync(NpgsqlConnection connection, string appId, string password, CancellationToken cancellationToken)
    {
        var role = RoleOf(appId);
        await connection.ExecuteAsync(new CommandDefinition(
            $"""
            do $$ begin
              if not exists (select from pg_roles where rolname = '{role}') then
                create role "{role}";
              end if;
              alter role "{role}" login password '{password}' connection limit {options.Value.ConnectionLimit};
              alter role "{role}" set search_path = "{appId}";
              if not pg_has_role(current_user, '{role}', 'usage') then
                grant "{role}" to current_user;
              end if;
              if not pg_has_role('{role}', 'rootcx_apps', 'usage') then
                grant rootcx_apps to "{role}";
              end if;

              create schema if not exists "{appId}";
              if exists (select from pg_namespace where nspname = '{appId}' and pg_get_userbyid(nspowner) = '{role}') then
                alter schema "{appId}" owner to current_user;
              end if;
              grant usage, create on schema "{appId}" to "{role}";
            end $$;
            """,
            cancellationToken: cancellationToken));
    }

    private string UrlFor(string role, string password)
    {
        var settings = new NpgsqlConnectionStringBuilder(configuration.GetConnectionString(PlatformDatabase.ConnectionName));
        var tls = settings.SslMode is SslMode.Require or SslMode.VerifyCA or SslMode.VerifyFull ? "?sslmode=require" : "";
        return $"postgresql://{role}:{password}@{settings.Host}:{settings.Port}/{Uri.EscapeDataString(settings.Database ?? "postgres")}{tls}";
    }
}

/// <summary>How an app logs in to the database.</summary>
/// <param name="Url">What the worker gets as <c>databaseUrl</c>.</param>
/// <param name="Password">The secret in it, so that it can be masked where it must not be seen.</param>
public sealed record AppDatabaseAccess(string Url, string Password);
