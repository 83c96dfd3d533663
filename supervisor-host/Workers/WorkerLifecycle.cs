using RootCx.Core.Workers;

namespace RootCx.SupervisorHost.Workers;

/// <summary>
/// The states of an app's worker and what leads from one to the next; it decides, and others start and stop processes. An event that makes no sense in
/// the present state changes nothing. Events come one at a time; <see cref="Present"/> may be read at any time.
/// </summary>
/// <param name="mostCrashes">So many crashes within <paramref name="crashWindow"/> are a crash loop.</param>
/// <param name="crashWindow">Also how long a worker must have been up to start with a clean slate.</param>
/// <param name="changed">Called after each change; must be quick and not throw.</param>
public sealed class WorkerLifecycle(int mostCrashes, TimeSpan crashWindow, Action changed)
{
    private readonly CrashWindow _crashes = new(mostCrashes, crashWindow);
    private volatile DateTimeOffset[] _recent = [];
    private volatile AppStatus _present = new(WorkerStatus.Stopped);

    /// <summary>The state, and what is remembered.</summary>
    public AppStatus Present => _present;

    /// <summary>When it crashed lately, the oldest first; may be read at any time.</summary>
    public IReadOnlyCollection<DateTimeOffset> Crashes => _recent;

    /// <summary>Which restart in a row the last delay was for, from 1.</summary>
    public int Attempt => _crashes.Attempt;

    /// <summary>It is to run because this supervisor has just got the app: crashes on another one count. False when there is nothing to start.</summary>
    /// <param name="crashes">When they were.</param>
    public bool Resume(IReadOnlyCollection<DateTimeOffset> crashes)
    {
        if (_present.Status is not WorkerStatus.Stopped)
        {
            return false;
        }

        _crashes.Remember(crashes);
        _recent = [.. _crashes.Recent];
        Become(WorkerStatus.Starting);
        return true;
    }

    /// <summary>A start was asked for: crashes so far are forgiven. False when there is nothing to start.</summary>
    public bool Start()
    {
        if (_present.Status is WorkerStatus.Running or WorkerStatus.Stopping)
        {
            return false;
        }

        Forgive();
        Become(WorkerStatus.Starting);
        return true;
    }

    /// <summary>The wait after a crash is over. False when nobody waits any more.</summary>
    public bool Restart()
    {
        if (_present.Status != WorkerStatus.Starting)
        {
            return false;
        }

        _present = _present with { Restarts = _present.Restarts + 1 };
        Become(WorkerStatus.Starting);
        return true;
    }

    /// <summary>The process that was started takes calls.</summary>
    /// <param name="version">The deployment that it runs.</param>
    public void Ready(int version)
    {
        if (_present.Status == WorkerStatus.Starting)
        {
            _present = _present with { LastVersion = version };
            Become(WorkerStatus.Running);
        }
    }

    /// <summary>A process of another version took over, whatever was there before, or one of the same version on this supervisor from another's.</summary>
    /// <param name="version">The deployment that it runs.</param>
    /// <param name="isNew">Whether crashes so far are forgiven: it is another version, or has other secrets.</param>
    public void TakenOver(int version, bool isNew)
    {
        if (isNew)
        {
            Forgive();
        }

        _present = _present with { LastVersion = version };
        Become(WorkerStatus.Running);
    }

    /// <summary>The process ended by itself, or could not be made.</summary>
    /// <param name="crash">What happened.</param>
    /// <param name="now">When.</param>
    /// <returns>How long to wait before the next start; null when there is none: it is a crash loop, or it was not to run anyway.</returns>
    public TimeSpan? Crashed(WorkerCrash crash, DateTimeOffset now)
    {
        if (_present.Status is not (WorkerStatus.Starting or WorkerStatus.Running))
        {
            return null;
        }

        _present = _present with
        {
            LastVersion = crash.Version.Version,
            LastExit = crash.Exit ?? _present.LastExit,
            LastErrors = crash.Errors ?? _present.LastErrors,
        };
        var delay = _crashes.Crashed(now, crash.Uptime);
        _recent = [.. _crashes.Recent];
        Become(delay is null ? WorkerStatus.Crashed : WorkerStatus.Starting, crash.Reason);
        return delay;
    }

    /// <summary>It can't be started at all.</summary>
    public void Refused(string error)
    {
        if (_present.Status is not (WorkerStatus.Running or WorkerStatus.Stopping))
        {
            Become(WorkerStatus.Crashed, error);
        }
    }

    /// <summary>A stop was asked for. False when there is nothing to end.</summary>
    public bool Stop()
    {
        if (_present.Status is WorkerStatus.Starting or WorkerStatus.Running)
        {
            Become(WorkerStatus.Stopping);
            return true;
        }

        if (_present.Status == WorkerStatus.Crashed)
        {
            Become(WorkerStatus.Stopped);
        }

        return false;
    }

    /// <summary>What was to be stopped is gone.</summary>
    public void Ended()
    {
        if (_present.Status == WorkerStatus.Stopping)
        {
            Become(WorkerStatus.Stopped);
        }
    }

    private void Forgive()
    {
        _crashes.Clear();
        _recent = [];
        _present = _present with { Restarts = 0 };
    }

    private void Become(WorkerStatus status, string? error = null)
    {
        _present = _present with { Status = status, Error = error };
        changed();
    }
}
