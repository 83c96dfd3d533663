using Dapper;
using Npgsql;
using RootCx.Core.Database;

namespace RootCx.Core.Hooks;

/// <summary>The triggers that fire hooks: a table has one for an operation while it has a hook for it, so that hooks cost nothing where there are none.</summary>
internal static class HookTriggers
{
    private static readonly StatementTriggers Triggers = new("rootcx_hooks", "fire_hooks");

    /// <summary>Attaches and removes triggers, so that an app has those that its hooks need. Returns the entities with hooks that have no table.</summary>
    /// <param name="connection">In the transaction that changed the hooks, under <see cref="Apps.AppLocks"/>.</param>
    /// <param name="appId">Whose.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<IReadOnlyList<string>> AlignAsync(NpgsqlConnection connection, string appId, CancellationToken cancellationToken)
    {
        var wanted = (await connection.QueryAsync<(string Table, string Operation)>(new CommandDefinition(
            "select distinct entity, operation from entity_hooks where app_id = @appId", new { appId }, cancellationToken: cancellationToken))).AsList();
        await Triggers.DetachOthersAsync(connection, appId, wanted, cancellationToken);
        return await Triggers.AttachAsync(connection, appId, wanted, cancellationToken);
    }
}
