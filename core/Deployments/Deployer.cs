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
    /// <summary>Deploys <paramref name="archive"/> as the app's next version and returns once it serves.</summary>
    /// <exception cref="RefusedException">
    /// The archive is empty (400), too large (413), can't be unpacked or has no entry point (400); its packages don't install or its worker does not
    /// become ready (422); the app is uninstalled meanwhile (409); no supervisor is there (503). The version that served before serves on.
    /// </exception>
    public async Task<Deployment> DeployAsync(string appId, Stream archive, Actor actor, CancellationToken cancellationToken)
    {
        if (!await leases.AnyAliveAsync(cancellationToken))
        {
            throw new RefusedException(Refusal.Unavailable, "runtime not ready");
        }

        await using var spooled = await SpooledArchive.ReceiveAsync(archive, options.Value.ArchiveBytes, cancellationToken);
        var deployment = await AddAsync(appId, spooled, actor, cancellationToken);
        await listener.WaitForAsync(
            Topics.Deployments,
            appId,
            async () =>
            {
                deployment = await store.FindAsync(appId, deployment.Version, cancellationToken)
                    ?? throw new RefusedException(Refusal.Conflict, $"app '{appId}' was uninstalled meanwhile");
                return deployment.Ended;
            },
            options.Value.AnswerTimeout,
            time,
            cancellationToken);
        return deployment.State switch
        {
            DeploymentState.Live or DeploymentState.Superseded => deployment,
            DeploymentState.Failed => throw new RefusedException(RefusalFor(deployment.Failure), deployment.Error ?? "deployment failed"),
            _ => throw new RefusedException(
                Refusal.Failed, $"worker error: deployment {deployment.Version} is still under way after {options.Value.AnswerTimeout.TotalSeconds:0} s"),
        };
    }

    // Again if the archive, which was there already, went with the last version that had it.
    private async Task<Deployment> AddAsync(string appId, SpooledArchive archive, Actor actor, CancellationToken cancellationToken)
    {
        Deployment? added;
        do
        {
            added = await store.AddAsync(appId, await archives.StoreAsync(appId, archive, cancellationToken), actor, cancellationToken);
        }
        while (added is null);
        return added;
    }

    private static Refusal RefusalFor(DeploymentFailure? failure) => failure switch
    {
        DeploymentFailure.Archive => Refusal.Invalid,
        DeploymentFailure.Install or DeploymentFailure.Start => Refusal.Unprocessable,
        _ => Refusal.Failed,
    };
}
