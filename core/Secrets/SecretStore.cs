using System.Text;
using Dapper;
using Npgsql;
using RootCx.Core.Audit;
using RootCx.Core.Doorbells;
using RootCx.Core.Errors;

namespace RootCx.Core.Secrets;

/// <summary>
/// Secrets of apps and of the platform. A change raises the scope's revision in the same transaction: a worker that was started with an older one is replaced
/// by its supervisor, however late that hears of it.
/// </summary>
public sealed class SecretStore(NpgsqlDataSource database, SecretVault vault, Doorbell doorbell)
{
    /// <summary>Longest value, in bytes of UTF-8.</summary>
    public const int LongestValue = 64 * 1024;

    /// <summary>Refuses unless the app was deployed or installed, or is being deployed for the first time.</summary>
    /// <exception cref="RefusedException">404.</exception>
    public async Task RequireAppAsync(string appId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        if (!await connection.ExecuteScalarAsync<bool>(
                "select exists (select from apps where id = @appId) or exists (select from workers where app_id = @appId)", new { appId }))
        {
            throw new RefusedException(Refusal.NotFound, $"app '{appId}' not found");
        }
    }

    /// <summary>The names in a scope, sorted; never values.</summary>
    public async Task<IReadOnlyList<string>> NamesAsync(string scope, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var names = await connection.QueryAsync<string>(
            """select name from secrets where scope = @scope and not starts_with(name, @ReservedPrefix) order by name collate "C" """,
            new { scope, SecretName.ReservedPrefix });
        return names.AsList();
    }

    /// <summary>The values in a scope, by name. That somebody read them is recorded.</summary>
    /// <exception cref="RefusedException">One of them can't be decrypted (500).</exception>
    public async Task<IReadOnlyDictionary<string, string>> ValuesAsync(Actor actor, string scope, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await AuditTrail.RecordAsync(
            connection, actor, AuditActions.SecretsRead, appId: scope == SecretName.PlatformScope ? null : scope, cancellationToken: cancellationToken);
        return new Dictionary<string, string>((await vault.ReadAsync(connection, scope))[scope]);
    }

    /// <summary>What a worker of the app gets: the platform's secrets, and the app's own over them.</summary>
    /// <exception cref="RefusedException">One of them can't be decrypted (500).</exception>
    public async Task<WorkerSecrets> ForWorkerAsync(string appId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);

        // Read before the values: what changes in between makes the worker look older than it is, never newer.
        var revision = await connection.ExecuteScalarAsync<long>(
            "select coalesce(sum(revision), 0)::bigint from secret_scopes where scope in (@appId, @PlatformScope)", new { appId, SecretName.PlatformScope });
        var read = await vault.ReadAsync(connection, SecretName.PlatformScope, appId);
        var values = new Dictionary<string, string>(read[SecretName.PlatformScope]);
        foreach (var (name, value) in read[appId])
        {
            values[name] = value;
        }

        return new WorkerSecrets(revision, values);
    }

    /// <summary>Sets a value.</summary>
    /// <returns>How many workers will be replaced for it.</returns>
    /// <exception cref="RefusedException">The value is too long (413), or the scope's key can't be decrypted (500).</exception>
    public async Task<int> SetAsync(Actor actor, string scope, string name, string value, CancellationToken cancellationToken)
    {
        if (value.Length > LongestValue || Encoding.UTF8.GetByteCount(value) > LongestValue)
        {
            throw new RefusedException(Refusal.TooLarge, $"value too large: at most {LongestValue} bytes");
        }

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await vault.PutAsync(connection, scope, name, value, transaction);
        await RecordAsync(connection, actor, AuditActions.SecretSet, scope, name, cancellationToken);
        return await CommitAsync(connection, scope, transaction, cancellationToken);
    }

    /// <summary>Deletes a secret.</summary>
    /// <returns>How many workers will be replaced for it; null when there is none of that name.</returns>
    public async Task<int?> DeleteAsync(Actor actor, string scope, string name, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // The scope is locked first, as when a value is set.
        var deleted = await connection.ExecuteAsync("select from secret_scopes where scope = @scope for no key update", new { scope }, transaction) == 0
            ? 0
            : await connection.ExecuteAsync(
                "delete from secrets where scope = @scope and name = @name and not starts_with(name, @ReservedPrefix)",
                new { scope, name, SecretName.ReservedPrefix },
                transaction);
        if (deleted == 0)
        {
            return null;
        }

        await RecordAsync(connection, actor, AuditActions.SecretDeleted, scope, name, cancellationToken);
        return await CommitAsync(connection, scope, transaction, cancellationToken);
    }

    /// <summary>Commits a change of what the scope's workers are given: those that have the old are replaced.</summary>
    /// <returns>How many workers will be replaced for it.</returns>
    internal async Task<int> CommitAsync(NpgsqlConnection connection, string scope, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        var concerned = await connection.ExecuteScalarAsync<int>(
            """
            update secret_scopes set revision = revision + 1 where scope = @scope;

            select count(*) from workers join apps on id = app_id
            where desired = 'running' and live_version is not null and (app_id = @scope or @scope = @PlatformScope);
            """,
            new { scope, SecretName.PlatformScope },
            transaction);
        await transaction.CommitAsync(cancellationToken);
        doorbell.Ring(Topics.Workers, scope == SecretName.PlatformScope ? "" : scope);
        return concerned;
    }

    private static Task RecordAsync(NpgsqlConnection connection, Actor actor, string action, string scope, string name, CancellationToken cancellationToken) =>
        AuditTrail.RecordAsync(connection, actor, action, name, scope == SecretName.PlatformScope ? null : scope, cancellationToken: cancellationToken);
}

/// <summary>What a worker is started with.</summary>
/// <param name="Revision">As of which change: grows with each one that concerns the app.</param>
/// <param name="Values">By name.</param>
public sealed record WorkerSecrets(long Revision, IReadOnlyDictionary<string, string> Values);
