using Microsoft.Extensions.Options;
using RootCx.Core.Audit;
using RootCx.Core.Doorbells;
using RootCx.Core.Errors;
using RootCx.Core.Workers;

namespace RootCx.Core.Deployments;

/// <summary>The API's part of a deploy: keep the archive, add the version, wait for the supervisor's verdict.</summary>
public sealed class Deployer(
    DeploymentArchives archives,
    DeploymentStore store,
    WorkerLeases leases,
    DoorbellListener listener,
    IOptions<DeploymentOptions> options,
    TimeProvider time)
{
    /// <summary>Takes <paramref name="upload"/> as the app's next version; a supervisor will carry it out, see <see cref="WaitAsync"/>.</summary>
    /// <exception cref="RefusedException">The archive is empty (400) or too large (413); no supervisor is there (503).</exception>
    public async Task<Deployment> ReceiveAsync(string appId, Stream upload, Actor actor, CancellationToken cancellationToken)
    {
        await RequireSupervisorAsync(cancellationToken);
        await using var archive = await SpooledArchive.ReceiveAsync(upload, options.Value.ArchiveBytes, cancellationToken);

        // Again if the archive, which was there already, went with the last version that had it.
        Deployment? added;
        do
        {
            added = await store.AddAsync(appId, await archives.StoreAsync(appId, archive, cancellationToken), actor, cancellationToken);
        }
        while (added is null);
        return added;
    }

    /// <summary>Makes a version that was live before so again, and returns once it serves; false if it is still under way, see <see cref="WaitAsync"/>.</summary>
    /// <exception cref="RefusedException">
    /// There is no such version (404); it was never live, or it is and another one is under way (409); its worker does not become ready (422); no supervisor is there (503). The
    /// version that served before serves on.
    /// </exception>
    public async Task<bool> ActivateAsync(string appId, int version, Actor actor, CancellationToken cancellationToken)
    {
        await RequireSupervisorAsync(cancellationToken);
        return await WaitAsync(await store.ActivateAsync(appId, version, actor, cancellationToken), cancellationToken);
    }

    /// <summary>Waits until a deployment has ended, or for <see cref="DeploymentOptions.AnswerTimeout"/>; true if it serves, false if it is still under way.</summary>
    /// <exception cref="RefusedException">
    /// The archive can't be unpacked or has no entry point (400); its packages don't install or its worker does not become ready (422); the app is uninstalled meanwhile (409). The
    /// version that served before serves on.
    /// </exception>
    public async Task<bool> WaitAsync(Deployment deployment, CancellationToken cancellationToken)
    {
        var latest = deployment;
        await listener.WaitForAsync(
            Topics.Deployments,
            deployment.AppId,
            async () =>
            {
                latest = await store.FindAsync(deployment.AppId, deployment.Version, cancellationToken) is { } found && found.Id == deployment.Id
                    ? found
                    : throw new RefusedException(Refusal.Conflict, $"app '{deployment.AppId}' was uninstalled meanwhile");
                return latest.Ended;
            },
            options.Value.AnswerTimeout,
            time,
            cancellationToken);
        return latest.Failure is null ? latest.Ended : throw new RefusedException(RefusalFor(latest.Failure), latest.Error ?? "deployment failed");
    }

    private async Task RequireSupervisorAsync(CancellationToken cancellationToken)
    {
        if (!await leases.AnyAliveAsync(cancellationToken))
        {
            throw new RefusedException(Refusal.Unavailable, "runtime not ready");
        }
    }

    private static Refusal RefusalFor(DeploymentFailure? failure) => failure switch
    {
        DeploymentFailure.Archive => Refusal.Invalid,
        DeploymentFailure.Install or DeploymentFailure.Start => Refusal.Unprocessable,
        _ => Refusal.Failed,
    };
}
