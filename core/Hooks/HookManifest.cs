using Dapper;
using Npgsql;
using RootCx.Core.Apps;
using RootCx.Core.Errors;
using RootCx.Core.Manifests;

namespace RootCx.Core.Hooks;

/// <summary>Brings an app's hooks in line with its manifest. It touches only those that came with a manifest.</summary>
public sealed class HookManifest(HookStore store)
{
    /// <summary>
    /// Makes those that are new and deletes those that are not listed any more, in the caller's transaction. One that is listed with another configuration is a
    /// new one: what it does was decided by whoever installs it, and runs for that person.
    /// </summary>
    /// <param name="connection">In a transaction, in which the app's tables are there already.</param>
    /// <param name="appId">Whose; it is there already.</param>
    /// <param name="listed">All of them; an empty list leaves none.</param>
    /// <param name="installer">Owner of those that are new.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RefusedException">The app would have too many (409).</exception>
    public async Task SyncAsync(
        NpgsqlConnection connection, string appId, IReadOnlyList<ManifestHook> listed, Guid? installer, CancellationToken cancellationToken)
    {
        await AppLocks.TakeAsync(connection, appId, cancellationToken);
        var present = (await connection.QueryAsync<(Guid Id, string Entity, string Operation, string Config)>(new CommandDefinition(
            "select id, entity, operation, action_config from entity_hooks where app_id = @appId and from_manifest order by created_at",
            new { appId }, cancellationToken: cancellationToken))).ToLookup(row => (row.Entity, row.Operation, row.Config), row => row.Id);
        var wanted = listed.Select(hook => (hook.Entity, Operation: hook.Operation.SqlName(), Config: hook.ActionConfig?.Text ?? HookStore.NoConfig)).ToLookup(hook => hook);

        // The same one may be listed twice.
        var gone = present.SelectMany(same => same.Skip(wanted[same.Key].Count())).ToArray();
        var added = wanted.SelectMany(same => same.Skip(present[same.Key].Count())).ToList();
        if (gone.Length + added.Count > 0)
        {
            await connection.ExecuteAsync(new CommandDefinition(
                """
                delete from entity_hooks where id = any (@gone);
                insert into entity_hooks (app_id, entity, operation, action_config, from_manifest, created_by)
                select @appId, entity, operation, config::json, true, @installer from unnest(@entities, @operations, @configs) as added (entity, operation, config);
                """,
                new
                {
                    appId,
                    gone,
                    installer,
                    entities = added.Select(hook => hook.Entity).ToArray(),
                    operations = added.Select(hook => hook.Operation).ToArray(),
                    configs = added.Select(hook => hook.Config).ToArray(),
                },
                cancellationToken: cancellationToken));
            await store.RequireNotTooManyAsync(connection, appId, cancellationToken);
        }

        await HookTriggers.AlignAsync(connection, appId, cancellationToken);
    }
}
