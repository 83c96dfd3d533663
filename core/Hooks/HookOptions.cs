using System.ComponentModel.DataAnnotations;

namespace RootCx.Core.Hooks;

/// <summary>Row events that enqueue jobs; section <c>Hooks</c>.</summary>
public sealed class HookOptions
{
    /// <summary>The section these are bound to.</summary>
    public const string Section = "Hooks";

    /// <summary>Most hooks that an app has: each of them means a job for each row.</summary>
    [Range(1, 10_000)]
    public int MostPerApp { get; set; } = 100;
}
