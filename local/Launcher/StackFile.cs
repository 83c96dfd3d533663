namespace RootCx.Local.Launcher;

/// <summary>What runs, for programs that want to use it; there while everything is up.</summary>
public sealed record StackFile(
    string ApiUrl,
    IReadOnlyList<string> ApiUrls,
    string SupervisorUrl,
    string Postgres,
    string Storage,
    string AdminEmail,
    string AdminPassword,
    int LauncherPid,
    IReadOnlyList<StackChild> Children);

/// <summary>One process of the stack.</summary>
public sealed record StackChild(string Name, int Pid);
