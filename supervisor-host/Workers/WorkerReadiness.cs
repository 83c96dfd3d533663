namespace RootCx.SupervisorHost.Workers;

/// <summary>How far a started worker came.</summary>
public enum WorkerReadiness
{
    /// <summary>It called <c>serve</c> and its <c>onStart</c> has settled, or it lives on without <c>serve</c>.</summary>
    Ready,

    /// <summary>It ended first.</summary>
    Exited,

    /// <summary>Neither within the time for a start.</summary>
    TimedOut,
}
