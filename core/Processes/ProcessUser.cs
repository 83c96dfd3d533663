namespace RootCx.Core.Processes;

/// <summary>Another user to run a process as. Needs Linux, <c>setpriv</c> and the rights of root.</summary>
/// <param name="UserId">The numeric user.</param>
/// <param name="GroupId">The numeric group; supplementary groups are dropped.</param>
public sealed record ProcessUser(uint UserId, uint GroupId)
{
    /// <summary>Capabilities that the process keeps all the same, such as <c>dac_read_search</c>; every other one is gone.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>The command line that switches to this user and then becomes the command after it.</summary>
    /// <exception cref="InvalidOperationException"><c>setpriv</c> is not installed.</exception>
    internal IEnumerable<string> Prefix()
    {
        yield return UnixTools.Find("setpriv") ?? throw new InvalidOperationException("setpriv (util-linux) is needed to run a process as another user");
        yield return $"--reuid={UserId}";
        yield return $"--regid={GroupId}";
        yield return "--clear-groups";
        if (Capabilities.Count > 0)
        {
            var kept = string.Concat(Capabilities.Select(capability => ",+" + capability));
            yield return "--inh-caps=-all" + kept;
            yield return "--ambient-caps=-all" + kept;

            // Without it access(2), which the real user decides, would answer as if there were no capabilities.
            yield return "--securebits=+no_setuid_fixup";
        }

        yield return "--";
    }
}
