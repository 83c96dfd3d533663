namespace RootCx.Core.Workers;

/// <summary>
/// How apps that are to run are shared out: to each supervisor that is alive and does not drain in proportion to its capacity, rounded up, and never more than that capacity. SQL,
/// with the parameters <c>supervisorId</c> and <c>Duration</c>.
/// </summary>
internal static class WorkerShares
{
    /// <summary>Supervisors with what they run and what is their share; one that drains has none.</summary>
    public const string Shares =
        """
        select s.id, s.draining,
          (select count(*) from workers w
           where w.desired = 'running' and w.live_version is not null and w.lease_until > now() and coalesce(w.offered_to, w.supervisor_id) = s.id) as apps,
          case when s.draining then 0 else least(s.capacity, ceil(
            (select count(*) from workers where desired = 'running' and live_version is not null) * s.capacity::numeric
            / sum(s.capacity) filter (where not s.draining) over ())) end as share
        from supervisors s where s.heartbeat_at > now() - @Duration
        """;

    /// <summary>How many apps more are the supervisor's share; not below zero.</summary>
    public const string Room = $"select coalesce(max(greatest(0, share - apps)), 0)::int from ({Shares}) as shares where id = @supervisorId";
}
