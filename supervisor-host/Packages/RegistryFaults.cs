namespace RootCx.SupervisorHost.Packages;

/// <summary>What the cache could not give lately, and why. Bun only says the status, so the reason is added to what it says.</summary>
public sealed class RegistryFaults
{
    private const int Most = 64;
    private const int MostTold = 3;

    private readonly Queue<(string Target, RegistryFault Fault)> _latest = new();

    /// <summary>Remembers one.</summary>
    /// <param name="target">What was asked for.</param>
    /// <param name="fault">What was answered.</param>
    internal void Add(string target, RegistryFault fault)
    {
        lock (_latest)
        {
            _latest.Enqueue((target, fault));
            if (_latest.Count > Most)
            {
                _latest.Dequeue();
            }
        }
    }

    /// <summary>The reasons for what Bun complains of in <paramref name="output"/>, a few at most.</summary>
    public IReadOnlyList<string> Explain(string output)
    {
        lock (_latest)
        {
            return [.. _latest.Where(latest => output.Contains(latest.Target, StringComparison.Ordinal)).Select(latest => latest.Fault.Text).Distinct().TakeLast(MostTold)];
        }
    }
}

/// <summary>Why the cache has no answer.</summary>
/// <param name="Status">As answered.</param>
/// <param name="Text">For the deployer.</param>
internal sealed record RegistryFault(int Status, string Text);
