using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Audit;
using RootCx.Core.Audit.Rows;
using RootCx.Core.Auth;
using RootCx.Core.Crons;
using RootCx.Core.Doorbells;
using RootCx.Core.Errors;
using RootCx.Core.Hooks;
using RootCx.Core.Manifests;
using RootCx.Core.Schemas;
using RootCx.Core.Workers;

namespace RootCx.Core.Apps;

/// <summary>Makes apps what their manifests say. An install is one transaction: whatever fails in it, nothing has changed.</summary>
public sealed class AppInstaller(
    NpgsqlDataSource database,
    SchemaSync schema,
    HookManifest hooks,
    CronManifest crons,
    Permissions permissions,
    Identities identities,
    AppManifests manifests,
    Doorbell doorbell,
    IOptions<AppOptions> options)
{
    /// <summary>Installs an app, or brings one that is there in line with the manifest.</summary>
    /// <param name="actor">Who wants it, and administers a new app afterwards.</param>
    /// <param name="manifest">What the app is to be.</param>
    /// <param name="allowDestructive">Whether changes that lose data are meant, see <see cref="AppOptions.GuardDestructiveChanges"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RefusedException">
    /// The actor may not (403); the data that is there contradicts the manifest, or would be lost and that is guarded against (409); a cron is not valid (400, 413).
    /// </exception>
    public async Task InstallAsync(Actor actor, Manifest manifest, bool allowDestructive, CancellationToken cancellationToken)
    {
        var grants = actor.UserId is { } user ? await permissions.OfAsync(user, cancellationToken) : new Grants([]);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await AppLocks.TakeAsync(connection, manifest.AppId, cancellationToken);
        var isNew = await RequireRightAsync(connection, grants, manifest.AppId, cancellationToken);
        if (options.Value.GuardDestructiveChanges && !allowDestructive)
        {
            await RefuseLossAsync(connection, manifest, cancellationToken);
        }

        await KeepAsync(connection, actor, manifest, cancellationToken);
        var changes = await ApplyAsync(connection, transaction, manifest, cancellationToken);
        await RowAuditTriggers.AttachAsync(connection, manifest.AppId, [.. manifest.Entities.Select(entity => entity.Name)], cancellationToken);
        await hooks.SyncAsync(connection, manifest.AppId, manifest.Hooks, actor.UserId, cancellationToken);

        // From here on others wait for this to end: what is known of permissions is counted in one row, and the app's crons have a lock.
        await PermissionCatalogue.AddAppAsync(connection, manifest);
        if (isNew && actor.UserId is { } installer && !grants.Allows(Grants.AdministersOf(manifest.AppId)))
        {
            await AppAdminRole.GrantAsync(connection, actor, installer, manifest.AppId, cancellationToken);
        }

        await crons.SyncAsync(connection, manifest.AppId, manifest.Crons, actor.UserId, cancellationToken);
        await AuditTrail.RecordAsync(
            connection, actor, AuditActions.AppInstalled, appId: manifest.AppId, detail: DetailOf(manifest, changes), cancellationToken: cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        identities.AllChanged();
        manifests.Forget(manifest.AppId);
        doorbell.Ring(Topics.Apps, manifest.AppId);
        doorbell.Ring(Topics.Jobs, manifest.AppId);
    }

    // Asked with the lock: of two who install the same new app the second one changes the first one's.
    private static async Task<bool> RequireRightAsync(NpgsqlConnection connection, Grants grants, string appId, CancellationToken cancellationToken)
    {
        var isKnown = await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select exists (select from apps where id = @appId) or exists (select from workers where app_id = @appId)", new { appId }, cancellationToken: cancellationToken));
        var wanted = isKnown ? Grants.AdministersOf(appId) : "platform:apps.create";
        return grants.Allows(wanted) ? !isKnown : throw new RefusedException(Refusal.Forbidden, $"permission denied: {wanted}");
    }

    private async Task RefuseLossAsync(NpgsqlConnection connection, Manifest manifest, CancellationToken cancellationToken)
    {
        var lost = (await schema.CompareAsync(connection, manifest, cancellationToken)).Where(change => change.IsDestructive).ToList();
        if (lost.Count == 0)
        {
            return;
        }

        var told = string.Join(", ", lost.Select(change => $"{change.ChangeType} {SchemaConflict.PlaceOf(change)}"));
        throw new RefusedException(Refusal.Conflict, $"installing this would lose data: {told}; repeat it with ?allowDestructive=true if that is meant")
        {
            Details = new JsonObject
            {
                ["changes"] = new JsonArray([.. lost.Select(change => new JsonObject
                {
                    ["entity"] = change.Entity,
                    ["change_type"] = change.ChangeType,
                    ["column"] = change.Column,
                    ["detail"] = change.Detail,
                })]),
            },
        };
    }

    // An app has a place among the workers before it has code.
    private static async Task KeepAsync(NpgsqlConnection connection, Actor actor, Manifest manifest, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into apps (id, created_by, manifest, name, version, type, identity_kinds, installed_at, installed_by)
            values (@AppId, @UserId, @Source::json, @Name, @Version, @Type, @kinds, now(), @UserId)
            on conflict (id) do update set manifest = excluded.manifest, name = excluded.name, version = excluded.version, type = excluded.type,
              identity_kinds = excluded.identity_kinds, installed_at = excluded.installed_at, installed_by = excluded.installed_by
            """,
            new
            {
                manifest.AppId,
                actor.UserId,
                Source = manifest.Source.Text,
                manifest.Name,
                manifest.Version,
                manifest.Type,
                kinds = manifest.Entities.Select(entity => entity.Identity?.Kind).OfType<string>().Distinct().ToArray(),
            },
            cancellationToken: cancellationToken));
        await WorkerStore.AddAsync(connection, manifest.AppId, cancellationToken);
    }

    private async Task<IReadOnlyList<SchemaChange>> ApplyAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Manifest manifest, CancellationToken cancellationToken)
    {
        try
        {
            return await schema.ApplyAsync(connection, manifest, cancellationToken);
        }
        catch (PostgresException exception) when (SchemaConflict.Is(exception))
        {
            await transaction.RollbackAsync(cancellationToken);
            throw SchemaConflict.Of(exception, await schema.CompareAsync(connection, manifest, cancellationToken));
        }
    }

    private static JsonObject DetailOf(Manifest manifest, IReadOnlyList<SchemaChange> changes) => new()
    {
        ["version"] = manifest.Version,
        ["changes"] = changes.Count,
        ["destructive"] = new JsonArray(
            [.. changes.Where(change => change.IsDestructive).Select(change => JsonValue.Create($"{change.ChangeType} {SchemaConflict.PlaceOf(change)}"))]),
    };
}
