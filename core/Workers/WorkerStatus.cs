namespace RootCx.Core.Workers;

/// <summary>What an app's worker is doing, as clients see it (in lower case).</summary>
public enum WorkerStatus
{
    /// <summary>Not running, and not meant to.</summary>
    Stopped,

    /// <summary>Being started, or waiting to be started again after a crash.</summary>
    Starting,

    /// <summary>Up and taking calls.</summary>
    Running,

    /// <summary>Told to end, still there.</summary>
    Stopping,

    /// <summary>Ended too often; stays so until it is started or deployed anew.</summary>
    Crashed,
}

/// <summary>The words for <see cref="WorkerStatus"/> in the database and on the wire.</summary>
public static class WorkerStatusNames
{
    /// <summary>Lower case, as the contract has it.</summary>
    public static string Name(this WorkerStatus status) => status switch
    {
        WorkerStatus.Stopped => "stopped",
        WorkerStatus.Starting => "starting",
        WorkerStatus.Running => "running",
        WorkerStatus.Stopping => "stopping",
        WorkerStatus.Crashed => "crashed",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    /// <summary>The reverse of <see cref="Name"/>.</summary>
    public static WorkerStatus Parse(string name) => Enum.Parse<WorkerStatus>(name, ignoreCase: true);
}
