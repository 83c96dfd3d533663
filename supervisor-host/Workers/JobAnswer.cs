namespace RootCx.SupervisorHost.Workers;

/// <summary>What a worker made of a job.</summary>
/// <param name="Kind">In which way it ended.</param>
/// <param name="Text">The result as JSON, what was thrown, or how it was lost.</param>
public readonly record struct JobAnswer(JobAnswerKind Kind, string Text);

/// <summary>The ways in which a job ends.</summary>
public enum JobAnswerKind
{
    /// <summary>The hook returned.</summary>
    Returned,

    /// <summary>The hook threw.</summary>
    Thrown,

    /// <summary>The worker ended by itself before it answered.</summary>
    Lost,

    /// <summary>The worker was ended by the platform before it answered.</summary>
    Interrupted,
}

/// <summary>A job that a worker has. All of it is called on the thread that reads from the worker: it must be quick and not throw.</summary>
public interface IJobRun
{
    /// <summary>The job's id.</summary>
    long Id { get; }

    /// <summary>Which delivery of the job this is, from 1: what the worker says of another one is not about this.</summary>
    int Deliveries { get; }

    /// <summary>Whose it is, null for nobody's.</summary>
    Guid? UserId { get; }

    /// <summary>The worker told how far it is.</summary>
    /// <param name="fraction">0 to 1.</param>
    /// <param name="note">What it said with it, or null.</param>
    void Progressed(double fraction, string? note);

    /// <summary>It ended; called once at most.</summary>
    void Ended(JobAnswer answer);

    /// <summary>After this one, and maybe others before it, ended: all that the worker had said is read, so the next ones may be given to it together.</summary>
    void GoOn();
}
