namespace RootCx.Core.Crons;

/// <summary>What becomes of an occurrence that falls due while an earlier run of the same cron is queued or running.</summary>
public static class OverlapPolicies
{
    /// <summary>It does not run.</summary>
    public const string Skip = "skip";

    /// <summary>It runs as well.</summary>
    public const string Queue = "queue";
}
