using RootCx.Core.Audit;
using RootCx.Core.Doorbells;
using RootCx.Core.Errors;

namespace RootCx.Core.Workers;

/// <summary>Starts and stops workers on a user's behalf, and waits until it has happened.</summary>
public sealed class WorkerControl(WorkerStore store, WorkerLeases leases, DoorbellListener listener, TimeProvider time)
{
    // Longer than a start (30 s for onStart) and a stop (10 s of grace) take; then the state is told as it is.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(50);

    /// <summary>Starts the app's worker; one that runs already is left as it is.</summary>
    /// <exception cref="RefusedException">Unknown app (404), no supervisor (503), no code, or it does not come up (500 with the reason).</exception>
    public async Task StartAsync(Actor actor, string appId, CancellationToken cancellationToken)
    {
        var state = await CommandAsync(actor, appId, run: true, cancellationToken);
        if (state.Status is not WorkerStatus.Running)
        {
            throw new RefusedException(Refusal.Failed, $"worker error: {state.Error ?? $"the worker is {state.Status.Name()}"}");
        }
    }

    /// <summary>Stops the app's worker gracefully; one that is stopped already is left as it is.</summary>
    /// <exception cref="RefusedException">Unknown app (404), no supervisor (503), it does not end (500).</exception>
    public async Task StopAsync(Actor actor, string appId, CancellationToken cancellationToken)
    {
        var state = await CommandAsync(actor, appId, run: false, cancellationToken);
        if (state.Status is not WorkerStatus.Stopped)
        {
            throw new RefusedException(Refusal.Failed, $"worker error: the worker is {state.Status.Name()}");
        }
    }

    private async Task<WorkerState> CommandAsync(Actor actor, string appId, bool run, CancellationToken cancellationToken)
    {
        var present = await store.FindAsync(appId, cancellationToken) ?? throw Unknown(appId);
        if (run && present.LiveVersion is null)
        {
            throw new RefusedException(Refusal.Failed, $"worker error: no entry point in app '{appId}': nothing was deployed");
        }

        if (!await leases.AnyAliveAsync(cancellationToken))
        {
            throw new RefusedException(Refusal.Unavailable, "runtime not ready");
        }

        var asked = await store.CommandAsync(actor, appId, run, cancellationToken) ?? throw Unknown(appId);
        var latest = asked;
        await listener.WaitForAsync(
            Topics.Workers,
            appId,
            async () =>
            {
                latest = await store.FindAsync(appId, cancellationToken) ?? throw Unknown(appId);
                return latest.ObservedCommand >= asked.Command && latest.Settled;
            },
            Patience,
            time,
            cancellationToken);
        return latest;
    }

    private static RefusedException Unknown(string appId) => new(Refusal.NotFound, $"app '{appId}' not found");
}
