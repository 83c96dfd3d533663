namespace RootCx.Core.Doorbells;

/// <summary>The notification channels, and what their payloads say.</summary>
public static class Topics
{
    /// <summary>An app's wanted or observed state changed; payload: the app id.</summary>
    public const string Workers = "rootcx_workers";

    /// <summary>A deployment was added or changed state; payload: the app id.</summary>
    public const string Deployments = "rootcx_deployments";

    /// <summary>An app's manifest was installed, or the app uninstalled; payload: the app id.</summary>
    public const string Apps = "rootcx_apps";

    /// <summary>Log entries were written; payload: the app id.</summary>
    public const string Logs = "rootcx_logs";

    /// <summary>Jobs were enqueued or taken back; payload: the app id.</summary>
    public const string Jobs = "rootcx_jobs";

    /// <summary>A job that may be running is to be cancelled; payload: its id.</summary>
    public const string CancelledJobs = "rootcx_cancelled_jobs";

    /// <summary>What somebody may do has changed; rung by the database itself; no payload.</summary>
    public const string Access = "rootcx_access";

    /// <summary>A message was put on a storage queue; no payload.</summary>
    public static string Queue(string queueName) => $"rootcx_queue_{queueName}";
}
