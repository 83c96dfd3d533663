using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Database;
using RootCx.Core.Secrets;

namespace RootCx.Core.Apps;

/// <summary>
/// An app's own part of the database: a login role and a schema it owns, both named after the app. It sees nothing of the platform or of other apps.
/// </summary>
public sealed class AppDatabase(NpgsqlDataSource database, IConfiguration configuration, IOptions<SecretOptions> secrets)
{
    private const int ConnectionLimit = 20;
    private const string RolePrefix = "rootcx_app_";

    private readonly ConcurrentDictionary<string, AppDatabaseAccess> _made = new();

    /// <summary>Makes role and schema if they are missing, and returns how the app logs in. Asks the database once per app and process.</summary>
    public async Task<AppDatabaseAccess> EnsureAsync(string appId, CancellationToken cancellationToken)
    {
        if (_made.TryGetValue(appId, out var made))
        {
            return made;
        }

        var role = RolePrefix + AppId.Require(appId);
        var password = PasswordFor(appId);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // The id is a plain identifier and the password hex, so both can stand in DDL, which takes no parameters.
        await connection.ExecuteAsync(
            $"""
            select pg_advisory_xact_lock(hashtextextended('rootcx_system.app_database', 0));

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
        return _made[appId] = new AppDatabaseAccess(UrlFor(role, password), password);
    }

    private string PasswordFor(string appId) => Convert.ToHexStringLower(HKDF.DeriveKey(
        HashAlgorithmName.SHA256, Convert.FromHexString(secrets.Value.MasterKey), 32, info: Encoding.UTF8.GetBytes($"app-database:{appId}")));

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
