namespace RootCx.SupervisorHost.Workers;

/// <summary>Where an app's calls go at the moment: to a worker, nowhere, or they wait until it is known. Replaced as a whole when that changes.</summary>
internal sealed class Gate
{
    private readonly TaskCompletionSource _replaced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Gate(Task<WorkerProcess?> worker) => Worker = worker;

    /// <summary>The worker to call, or null when calls fail at once. Not completed while a worker is being started.</summary>
    public Task<WorkerProcess?> Worker { get; }

    /// <summary>Completes when another gate stands in this one's place.</summary>
    public Task Replaced => _replaced.Task;

    /// <summary>Calls go to <paramref name="worker"/>.</summary>
    public static Gate To(WorkerProcess worker) => new(Task.FromResult<WorkerProcess?>(worker));

    /// <summary>Calls fail.</summary>
    public static Gate Shut() => new(Task.FromResult<WorkerProcess?>(null));

    /// <summary>Calls wait for the next gate.</summary>
    public static Gate Waiting() => new(new TaskCompletionSource<WorkerProcess?>().Task);

    /// <summary>Tells those who wait at this gate to look at the next one.</summary>
    public void Replace() => _replaced.TrySetResult();
}
