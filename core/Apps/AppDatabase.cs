using System.Collections.Concurrent;
using System.Security.Cryptography;
using Dapper;
using Microsoft.Extensions.Configuration;
using Npgsql;
using RootCx.Core.Database;
using RootCx.Core.Errors;
using RootCx.Core.Secrets;

namespace RootCx.Core.Apps;

/// <summary>
/// An app's own part of the database: a login role and a schema it owns, both named after the app. It sees nothing of the platform or of other apps. The role's
/// password is random and kept among the app's secrets, so it does not depend on the master key.
/// </summary>
public sealed class AppDatabase(NpgsqlDataSource database, IConfiguration configuration, SecretVault vault, MasterKeys masters)
{
    private const int ConnectionLimit = 20;
    private const int PasswordDigits = 64;
    private const string RolePrefix = "rootcx_app_";
    private const string PasswordName = $"{SecretName.ReservedPrefix}DATABASE_PASSWORD";

    // With which password this process has seen to the app's role.
    private readonly ConcurrentDictionary<string, string> _made = new();

    /// <summary>Returns how the app logs in. Makes role and schema if they are missing, or this process has not seen to them yet.</summary>
    /// <exception cref="RefusedException">The password can't be decrypted (500).</exception>
    public async Task<AppDatabaseAccess> EnsureAsync(string appId, CancellationToken cancellationToken)
    {
        var role = RolePrefix + AppId.Require(appId);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var password = await vault.FindAsync(connection, appId, PasswordName);
        if (password is null || _made.GetValueOrDefault(appId) != password)
        {
            _made[appId] = password = await MakeAsync(connection, appId, role, cancellationToken);
        }

        return new AppDatabaseAccess(UrlFor(role, password), password);
    }

    /// <summary>Drops the schema with all that is in it, and the role, whose sessions are ended; in the caller's transaction. Nothing of it being there is fine.</summary>
    public static async Task DropAsync(NpgsqlConnection connection, string appId, CancellationToken cancellationToken)
    {
        var role = RolePrefix + AppId.Require(appId);
        await connection.ExecuteAsync(new CommandDefinition(
            $"""
            select pg_terminate_backend(pid) from pg_stat_activity where usename = '{role}';
            drop schema if exists "{appId}" cascade;
            do $$ begin
              if exists (select from pg_roles where rolname = '{role}') then
                drop owned by "{role}" cascade;
                drop role "{role}";
              end if;
            end $$;
            """,
            cancellationToken: cancellationToken));
    }

    private async Task<string> MakeAsync(NpgsqlConnection connection, string appId, string role, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('rootcx_system.app_database', 0))", transaction: transaction);
        var password = await vault.FindAsync(connection, appId, PasswordName, transaction);
        if (password is null)
        {
            // A role without a stored password was made when passwords were derived, and its worker may be running.
            var isThere = await connection.ExecuteScalarAsync<bool>("select exists (select from pg_roles where rolname = @role)", new { role }, transaction);
            password = isThere ? masters.DeriveDatabasePassword(appId) : RandomNumberGenerator.GetHexString(PasswordDigits, lowercase: true);
            await vault.PutAsync(connection, appId, PasswordName, password, transaction);
        }

        // The id is a plain identifier and the password hex, so both can stand in DDL, which takes no parameters.
        await connection.ExecuteAsync(
            $"""
            do $$ begin
              if not exists (select from pg_roles where rolname = '{role}') then
                create role "{role}";
              end if;
            end $$;

            alter role "{role}" login password '{password}' connection limit {ConnectionLimit};
            alter role "{role}" set search_path = "{appId}";
            grant "{role}" to current_user;
            create schema if not exists "{appId}" authorization "{role}";
            """,
            transaction: transaction);
        await transaction.CommitAsync(cancellationToken);
        return password;
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
