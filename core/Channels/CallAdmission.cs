using RootCx.Core.Errors;

namespace RootCx.Core.Channels;

/// <summary>
/// Chooses among the workers of an app, and refuses calls that can't be served, before anything of them is on its way: beyond what this process, one supervisor or one worker may have under way, and
/// those to a worker that is too slow for one more to be answered in time; see <see cref="WorkerBacklog"/>.
/// </summary>
/// <param name="options">The bounds.</param>
/// <param name="time">The clock.</param>
public sealed class CallAdmission(RpcOptions options, TimeProvider time)
{
    // Of those that turned a call away others are tried first: they look idle from here, and would get all calls.
    private static readonly TimeSpan Shunned = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string SupervisorId, string AppId), WorkerBacklog> _workers = [];
    private readonly Dictionary<string, int> _supervisors = [];
    private readonly Dictionary<(string SupervisorId, string AppId), long> _turnedAway = []; // when they last did
    private int _all;

    /// <summary>
    /// Admits a call to the one of <paramref name="supervisorIds"/> whose worker has the fewest calls from here, of those that can take one more; <see cref="Leave"/> ends it.
    /// </summary>
    /// <returns>Which one.</returns>
    /// <exception cref="RefusedException">It is too many (503, <see cref="RpcErrors.Overloaded"/>).</exception>
    public string Enter(IReadOnlyCollection<string> supervisorIds, string appId)
    {
        lock (_gate)
        {
            RefusedException? refusal = null;
            foreach (var supervisorId in supervisorIds.OrderBy(id => (IsShunned((id, appId)), _workers.GetValueOrDefault((id, appId))?.Count ?? 0, Random.Shared.Next())))
            {
                if (Enter(supervisorId, appId) is not { } refused)
                {
                    return supervisorId;
                }

                refusal ??= refused;
            }

            throw refusal!; // there was one
        }
    }

    /// <summary>The call is over.</summary>
    /// <param name="supervisorId">As it was entered with.</param>
    /// <param name="appId">As it was entered with.</param>
    /// <param name="end">How it ended.</param>
    public void Leave(string supervisorId, string appId, CallEnd end)
    {
        lock (_gate)
        {
            _all--;
            if (--_supervisors[supervisorId] == 0)
            {
                _supervisors.Remove(supervisorId);
            }

            var worker = _workers[(supervisorId, appId)];
            worker.Remove(end == CallEnd.Answered);
            if (worker.Count == 0)
            {
                _workers.Remove((supervisorId, appId));
            }

            if (end == CallEnd.TurnedAway)
            {
                foreach (var other in _turnedAway.Keys.Where(other => !IsShunned(other)).ToList())
                {
                    _turnedAway.Remove(other);
                }

                _turnedAway[(supervisorId, appId)] = time.GetTimestamp();
            }
        }
    }

    private bool IsShunned((string SupervisorId, string AppId) worker) => _turnedAway.TryGetValue(worker, out var since) && time.GetElapsedTime(since) < Shunned;

    // Why it can't; null when the call has entered.
    private RefusedException? Enter(string supervisorId, string appId)
    {
        var supervisor = _supervisors.GetValueOrDefault(supervisorId);
        if (_all >= options.MostCalls || supervisor >= options.MostCallsPerSupervisor)
        {
            return Refused(RpcErrors.HostOverloaded);
        }

        var worker = _workers.GetValueOrDefault((supervisorId, appId)) ?? new WorkerBacklog(options.Timeout, time);
        if (worker.Count >= options.MostCallsPerWorker)
        {
            return Refused(RpcErrors.WorkerOverloaded);
        }

        if (worker.Lateness() is { Ticks: > 0 } lateness)
        {
            return Refused(RpcErrors.WorkerTooSlow, lateness < options.Timeout ? lateness : options.Timeout);
        }

        worker.Add();
        _workers[(supervisorId, appId)] = worker;
        _supervisors[supervisorId] = supervisor + 1;
        _all++;
        return null;
    }

    private static RefusedException Refused(RpcOutcome outcome, TimeSpan? retryAfter = null) =>
        new(Refusal.Unavailable, outcome.Error!) { Code = outcome.Code, RetryAfter = retryAfter }; // all of these have a text
}
