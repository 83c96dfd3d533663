using System.Text;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Apps;
using RootCx.Core.Errors;
using RootCx.Core.Manifests;

namespace RootCx.Core.Hooks;

/// <summary>A hook to be made.</summary>
/// <param name="Entity">To whose rows it happens.</param>
/// <param name="Operation">What happens.</param>
/// <param name="ActionConfig">JSON that goes into the payload of each job, at most <see cref="HookStore.ConfigBytes"/>; null for an empty object.</param>
public sealed record NewHook(string Entity, RowOperation Operation, string? ActionConfig);

/// <summary>Makes, shows and deletes hooks.</summary>
public sealed class HookStore(NpgsqlDataSource database, IOptions<HookOptions> options)
{
    /// <summary>Longest configuration in bytes of UTF-8.</summary>
    public const int ConfigBytes = ManifestHook.ConfigBytes;

    /// <summary>The configuration of hooks that have none.</summary>
    internal const string NoConfig = "{}";

    /// <summary>An app's hooks, oldest first.</summary>
    /// <param name="appId">Whose.</param>
    /// <param name="entity">Only of this one; null: of all.</param>
    /// <param name="operation">Only for this one; null: for all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RefusedException">There is no such app (404).</exception>
    public async Task<IReadOnlyList<EntityHook>> ListAsync(string appId, string? entity, RowOperation? operation, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = (await connection.QueryAsync<HookRow>(new CommandDefinition(
            $"""
            select {HookRow.Columns} from entity_hooks
            where app_id = @appId and (@entity::text is null or entity = @entity) and (@operation::text is null or operation = @operation)
            order by created_at, id
            """,
            new { appId, entity, operation = operation?.SqlName() }, cancellationToken: cancellationToken))).AsList();
        if (rows.Count == 0)
        {
            await RequireAppAsync(connection, appId, cancellationToken);
        }

        return [.. rows.Select(row => row.ToHook())];
    }

    /// <summary>One hook.</summary>
    /// <exception cref="RefusedException">The app has none of that id (404).</exception>
    public async Task<EntityHook> GetAsync(string appId, Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<HookRow>(new CommandDefinition(
            $"select {HookRow.Columns} from entity_hooks where app_id = @appId and id = @id", new { appId, id }, cancellationToken: cancellationToken));
        return row?.ToHook() ?? throw NotFound();
    }

    /// <summary>Makes a hook: whatever is written after this returns fires it.</summary>
    /// <param name="appId">Whose.</param>
    /// <param name="hook">What it is to be.</param>
    /// <param name="creator">For whom its jobs run.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RefusedException">
    /// Its configuration is too long (413); there is no such app or entity (404); the app has as many as it may, or its tables are in use by something that does not
    /// end (409).
    /// </exception>
    public Task<EntityHook> CreateAsync(string appId, NewHook hook, Guid creator, CancellationToken cancellationToken)
    {
        var config = hook.ActionConfig ?? NoConfig;
        if (Encoding.UTF8.GetByteCount(config) > ConfigBytes)
        {
            throw new RefusedException(Refusal.TooLarge, $"action_config too large: at most {ConfigBytes} bytes");
        }

        return ChangeAsync(
            appId,
            async connection =>
            {
                await RequireAppAsync(connection, appId, cancellationToken);
                var row = await connection.QuerySingleAsync<HookRow>(new CommandDefinition(
                    $"""
                    insert into entity_hooks (app_id, entity, operation, action_config, created_by)
                    values (@appId, @Entity, @operation, @config::json, @creator) returning {HookRow.Columns}
                    """,
                    new { appId, hook.Entity, operation = hook.Operation.SqlName(), config, creator }, cancellationToken: cancellationToken));
                await RequireNotTooManyAsync(connection, appId, cancellationToken);
                return (await HookTriggers.AlignAsync(connection, appId, cancellationToken)).Contains(hook.Entity)
                    ? throw new RefusedException(Refusal.NotFound, $"entity '{hook.Entity}' not found in app '{appId}'")
                    : row.ToHook();
            },
            cancellationToken);
    }

    /// <summary>Deletes a hook. Jobs that it has enqueued stay.</summary>
    /// <exception cref="RefusedException">The app has none of that id (404); its tables are in use by something that does not end (409).</exception>
    public Task DeleteAsync(string appId, Guid id, CancellationToken cancellationToken) => ChangeAsync(
        appId,
        async connection =>
        {
            var deleted = await connection.ExecuteAsync(new CommandDefinition(
                "delete from entity_hooks where app_id = @appId and id = @id", new { appId, id }, cancellationToken: cancellationToken));
            return deleted == 0 ? throw NotFound() : await HookTriggers.AlignAsync(connection, appId, cancellationToken);
        },
        cancellationToken);

    /// <summary>Refuses when the app has more than it may.</summary>
    /// <exception cref="RefusedException">409.</exception>
    internal async Task RequireNotTooManyAsync(NpgsqlConnection connection, string appId, CancellationToken cancellationToken)
    {
        var most = options.Value.MostPerApp;
        if (await connection.ExecuteScalarAsync<long>(new CommandDefinition(
            "select count(*) from entity_hooks where app_id = @appId", new { appId }, cancellationToken: cancellationToken)) > most)
        {
            throw new RefusedException(Refusal.Conflict, $"too many hooks: an app has {most} at most");
        }
    }

    private static RefusedException NotFound() => new(Refusal.NotFound, "hook not found");

    private static async Task RequireAppAsync(NpgsqlConnection connection, string appId, CancellationToken cancellationToken)
    {
        if (!await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select exists (select from apps where id = @appId)", new { appId }, cancellationToken: cancellationToken)))
        {
            throw new RefusedException(Refusal.NotFound, $"app '{appId}' not found");
        }
    }

    // Triggers need the table to themselves for a moment, and meanwhile nobody else gets at it: better not to wait for a transaction that takes its time.
    private async Task<T> ChangeAsync<T>(string appId, Func<NpgsqlConnection, Task<T>> change, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        try
        {
            await connection.ExecuteAsync(new CommandDefinition("set local lock_timeout = '3s'", cancellationToken: cancellationToken));
            await AppLocks.TakeAsync(connection, appId, cancellationToken);
            var changed = await change(connection);
            await transaction.CommitAsync(cancellationToken);
            return changed;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw new RefusedException(Refusal.Conflict, $"app '{appId}' is being installed, or a transaction on the entity's table takes long: try again later");
        }
    }
}
