namespace RootCx.Core.Channels;

/// <summary>Names of the queues that supervisors take calls from.</summary>
public static class SupervisorQueue
{
    /// <summary>What they all begin with.</summary>
    public const string Prefix = "rpc-";

    /// <summary>The queue of one supervisor; its id must suit a queue name (a-z, 0-9 and -).</summary>
    public static string NameFor(string supervisorId) => $"{Prefix}{supervisorId}";
}
