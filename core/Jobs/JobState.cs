using RootCx.Core.Errors;

namespace RootCx.Core.Jobs;

/// <summary>Where a job stands, as clients see it (in lower case).</summary>
public enum JobState
{
    /// <summary>Waits for its turn.</summary>
    Queued,

    /// <summary>Waits for its time.</summary>
    Scheduled,

    /// <summary>A worker has it.</summary>
    Running,

    /// <summary>Its handler returned; it is in the archive.</summary>
    Completed,

    /// <summary>Its handler threw for the last time, or it was lost too often; it is among the dead letters.</summary>
    Failed,

    /// <summary>Somebody took it back.</summary>
    Cancelled,
}

/// <summary>The words for <see cref="JobState"/> in the database and on the wire.</summary>
public static class JobStates
{
    /// <summary>Lower case.</summary>
    public static string Name(this JobState state) => state switch
    {
        JobState.Queued => "queued",
        JobState.Scheduled => "scheduled",
        JobState.Running => "running",
        JobState.Completed => "completed",
        JobState.Failed => "failed",
        JobState.Cancelled => "cancelled",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    /// <summary>Whether it has ended.</summary>
    public static bool IsEnded(this JobState state) => state is JobState.Completed or JobState.Failed or JobState.Cancelled;

    /// <summary>The reverse of <see cref="Name"/>.</summary>
    /// <exception cref="RefusedException">No such word (400).</exception>
    public static JobState Parse(string name)
    {
        foreach (var state in Enum.GetValues<JobState>())
        {
            if (state.Name() == name)
            {
                return state;
            }
        }

        throw new RefusedException(Refusal.Invalid, $"state must be one of {string.Join(", ", Enum.GetValues<JobState>().Select(Name))}, not '{name}'");
    }
}
