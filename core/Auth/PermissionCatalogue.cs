using Dapper;
using Npgsql;
using RootCx.Core.Database;

namespace RootCx.Core.Auth;

/// <summary>The permission keys that are known, so that people can choose from them and wildcards can be spelled out; remembered by this process.</summary>
public sealed class PermissionCatalogue
{
    private const string All = "all";

    // What every app has, whether it has a manifest or not.
    private static readonly string[] OfEveryApp = ["invoke", "cron.read", "cron.write", "cron.trigger", "jobs.read", "jobs.manage"];

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
    internal static async Task AddAppAsync(NpgsqlConnection connection, string appId)
    {
        // Asked first, since a statement that adds nothing would be told to everybody as well.
        var keys = OfEveryApp.Select(suffix => $"app:{appId}:{suffix}").ToArray();
        if (await connection.ExecuteScalarAsync<int>("select count(*)::integer from rbac_permissions where key = any (@keys)", new { keys }) < keys.Length)
        {
            await connection.ExecuteAsync(
                "insert into rbac_permissions (key, source_app) select key, @appId from unnest(@keys) as key on conflict do nothing", new { appId, keys });
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
