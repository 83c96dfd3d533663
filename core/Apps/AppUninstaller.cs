using Dapper;
using Microsoft.Extensions.Logging;
using Npgsql;
using RootCx.Core.Audit;
using RootCx.Core.Crons;
using RootCx.Core.Deployments;
using RootCx.Core.Doorbells;
using RootCx.Core.Errors;
using RootCx.Core.Manifests;
using RootCx.Core.Retention;
using RootCx.Core.Workers;

namespace RootCx.Core.Apps;

/// <summary>
/// Takes apps away with everything that is theirs: worker, tables, jobs, crons, hooks, secrets, code, log. What is known of them remains: the audit of their rows, roles and
/// permission keys.
/// </summary>
public sealed partial class AppUninstaller(
    NpgsqlDataSource database,
    AppDatabase databases,
    WorkerStore workers,
    WorkerControl control,
    VersionBlobs blobs,
    AppManifests manifests,
    Doorbell doorbell,
    ILogger<AppUninstaller> logger)
{
    /// <summary>Uninstalls an app; one that is not there stays so.</summary>
    public async Task UninstallAsync(Actor actor, string appId, CancellationToken cancellationToken)
    {
        await StopAsync(actor, appId, cancellationToken);
        var leftovers = await DeleteAsync(actor, appId, cancellationToken);
        manifests.Forget(appId);
        foreach (var topic in (ReadOnlySpan<string>)[Topics.Apps, Topics.Workers, Topics.Deployments, Topics.Jobs])
        {
            doorbell.Ring(topic, appId); // its supervisor ends whatever still runs
        }

        await blobs.DeleteAsync(appId, leftovers, cancellationToken);
    }

    // As gracefully as can be; one that does not end, or that nobody can be asked to end, is ended when its place among the workers is gone.
    private async Task StopAsync(Actor actor, string appId, CancellationToken cancellationToken)
    {
        if (await workers.FindAsync(appId, cancellationToken) is not { LiveVersion: not null, SupervisorId: not null, Status: not WorkerStatus.Stopped })
        {
            return;
        }

        try
        {
            await control.StopAsync(actor, appId, cancellationToken);
        }
        catch (RefusedException refused)
        {
            Log.NotStopped(logger, refused, appId);
        }
    }

    private async Task<VersionLeftovers> DeleteAsync(Actor actor, string appId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await AppLocks.TakeAsync(connection, appId, cancellationToken);

        // Crons before jobs: whoever plans their occurrences has them locked.
        await ExecuteAsync(
            """
            delete from log_entries where app_id = @appId;
            delete from cron_gaps using crons where crons.app_id = @appId and cron_gaps.cron_id = crons.id;
            delete from crons where app_id = @appId;
            """);
        await CronLocks.TakeAsync(connection, appId, cancellationToken);
        await ExecuteAsync(
            """
            delete from jobs where app_id = @appId;
            delete from ended_jobs where app_id = @appId;
            delete from job_counts where app_id = @appId;
            delete from job_keys where app_id = @appId;
            delete from secret_scopes where scope = @appId;
            """);

        // A deployment that comes now waits, and is one of a new app. The worker's row goes last of all, since supervisors that renew their leases wait for it, and before the
        // app's, as when a version goes live.
        await DeploymentStore.LockAsync(connection, appId, cancellationToken);

        // Links to users go with the tables, and nobody signs in while that is under way: so after all that takes time.
        await databases.DropAsync(connection, appId, cancellationToken);
        await ExecuteAsync("delete from jobs where app_id = @appId"); // that its own sessions enqueued until they ended
        var hadPlace = await ExecuteAsync("delete from workers where app_id = @appId") > 0;
        var wasThere = await ExecuteAsync("delete from apps where id = @appId") > 0;
        var leftovers = await VersionCollector.DeleteAllAsync(connection, appId, cancellationToken);
        if (wasThere || hadPlace)
        {
            await AuditTrail.RecordAsync(connection, actor, AuditActions.AppUninstalled, appId: appId, cancellationToken: cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return leftovers;

        Task<int> ExecuteAsync(string sql) => connection.ExecuteAsync(new CommandDefinition(sql, new { appId }, cancellationToken: cancellationToken));
    }

    private static partial class Log
    {
        [LoggerMessage(1601, LogLevel.Warning, "The worker of {AppId}, which is being uninstalled, did not stop by itself; it is ended")]
        public static partial void NotStopped(ILogger logger, Exception exception, string appId);
    }
}
