using Dapper;
using Npgsql;
using RootCx.Core.Database;
using RootCx.Core.Manifests;

namespace RootCx.Core.Auth;

/// <summary>The permission keys that are known, so that people can choose from them and wildcards can be spelled out; remembered by this process.</summary>
public sealed class PermissionCatalogue
{
    private const string All = "all";

    // What every app has, whether it has a manifest or not.
    private static readonly string[] OfEveryApp = ["invoke", "cron.read", "cron.write", "cron.trigger", "jobs.read", "jobs.manage"];

    private static readonly string[] OfEveryEntity = ["create", "read", "update", "delete"];

    private readonly NpgsqlDataSource _database;
    private readonly RowCache<string, IReadOnlyList<PermissionKey>> _keys;

    /// <summary>Remembers nothing yet.</summary>
    public PermissionCatalogue(NpgsqlDataSource database, AccessWatch watch, TimeProvider time)
    {
        _database = database;
        _keys = new RowCache<string, IReadOnlyList<PermissionKey>>(() => watch.Age, most: 1, time, (_, cancellationToken) => ReadAsync(cancellationToken));
        watch.OnChange(_keys.Clear);
    }

    /// <summary>All keys, sorted.</summary>
    public async ValueTask<IReadOnlyList<PermissionKey>> ListAsync(CancellationToken cancellationToken) => (await _keys.FindAsync(All, cancellationToken))!; // never null

    /// <summary>What somebody holds, as it was assigned, and all known keys that its wildcards match; sorted.</summary>
    public async ValueTask<IReadOnlyList<string>> SpellOutAsync(Grants grants, CancellationToken cancellationToken)
    {
        var keys = await ListAsync(cancellationToken);
        return [.. keys.Select(known => known.Key).Where(grants.Allows).Union(grants.Entries).Order(StringComparer.Ordinal)];
    }

    /// <summary>Adds the keys that every app has, in the caller's transaction.</summary>
    internal static Task AddAppAsync(NpgsqlConnection connection, string appId) => AddAsync(connection, appId, OfEveryApp.Select(suffix => new PermissionKey(suffix, null)));

    /// <summary>Adds those as well that an app's manifest brings, in the caller's transaction. What it no longer brings stays: roles may name it.</summary>
    internal static Task AddAppAsync(NpgsqlConnection connection, Manifest manifest) => AddAsync(
        connection,
        manifest.AppId,
        OfEveryApp
            .Concat(manifest.Entities.SelectMany(entity => OfEveryEntity.Select(action => $"{entity.Name}.{action}")))
            .Except(manifest.Permissions.Select(declared => declared.Key))
            .Select(suffix => new PermissionKey(suffix, null))
            .Concat(manifest.Permissions.Select(declared => new PermissionKey(declared.Key, declared.Description))));

    // Asked first, since a statement that changes nothing would be told to everybody as well.
    private static async Task AddAsync(NpgsqlConnection connection, string appId, IEnumerable<PermissionKey> added)
    {
        var all = added.ToList();
        var parameters = new { appId, keys = all.Select(one => $"app:{appId}:{one.Key}").ToArray(), descriptions = all.Select(one => one.Description).ToArray() };
        const string Differing =
            """
            select added.key, added.description
            from unnest(@keys, @descriptions) as added (key, description) left join rbac_permissions present on present.key = added.key
            where present.key is null or (added.description is not null and added.description is distinct from present.description)
            """;
        if (await connection.ExecuteScalarAsync<bool>($"select exists ({Differing})", parameters))
        {
            await connection.ExecuteAsync(
                $"""
                insert into rbac_permissions (key, description, source_app) select key, description, @appId from ({Differing}) as differing
                on conflict (key) do update set description = coalesce(excluded.description, rbac_permissions.description)
                """,
                parameters);
        }
    }

    private async Task<IReadOnlyList<PermissionKey>?> ReadAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<PermissionKey>(new CommandDefinition(
            "select key, description from rbac_permissions order by key collate \"C\"", cancellationToken: cancellationToken))).AsList();
    }
}

/// <summary>A key that is known.</summary>
/// <param name="Key">Such as <c>app:crm:deals.read</c>.</param>
/// <param name="Description">What it allows, or null.</param>
public sealed record PermissionKey(string Key, string? Description);
