using System.ComponentModel.DataAnnotations;

namespace RootCx.SupervisorHost.Workers;

/// <summary>How workers are run; section <c>Workers</c>.</summary>
public sealed class WorkerOptions
{
    /// <summary>The section these are bound to.</summary>
    public const string Section = "Workers";

    /// <summary>The Bun program: a path, or a name that is looked up.</summary>
    [Required]
    public string BunPath { get; set; } = "bun";

    /// <summary>The script that is loaded into every worker before its code.</summary>
    [Required]
    public string ShimPath { get; set; } = Path.Combine(AppContext.BaseDirectory, "shim", "preload.ts");

    /// <summary>
    /// Most calls of an app that may be under way: waiting for its worker to start, or for its answer. Less than <c>Supervisor:MostCalls</c>, so that an app that is
    /// flooded leaves places for the others. Handlers whose callers have left do not count.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MostCalls { get; set; } = 1000;

    /// <summary>How long a worker that is replaced may take to finish its calls; as long as a call may take.</summary>
    public TimeSpan DrainGrace { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a worker goes on taking calls after another supervisor took its app over: longer than callers go by what they remember, and calls lie in a queue.</summary>
    public TimeSpan HandOverGrace { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>How long a worker may take to end when it is told to; then it is killed.</summary>
    public TimeSpan StopGrace { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a started worker may take until it is ready, its <c>onStart</c> (bounded to 30 s) included.</summary>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>
    /// A worker that stays alive this long without calling <c>serve</c> counts as started. Longer than an app takes to load: one that fails while it
    /// loads must not count.
    /// </summary>
    public TimeSpan RawGrace { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>Longest message from a worker, in bytes: results, log lines, events.</summary>
    [Range(64 * 1024, 256 * 1024 * 1024)]
    public int MessageBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>Most memory (resident, in bytes) that a worker's process may use; over it, it is killed and started again as after a crash.</summary>
    [Range(64L * 1024 * 1024, long.MaxValue)]
    public long MemoryBytes { get; set; } = 1024L * 1024 * 1024;

    /// <summary>How often a worker's memory is looked at.</summary>
    public TimeSpan MemoryCheck { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Crashes within <see cref="CrashWindow"/> after which a worker is not started again.</summary>
    [Range(1, 100)]
    public int MostCrashes { get; set; } = 5;

    /// <summary>See <see cref="MostCrashes"/>. A worker that stayed up this long also starts again without delay after a crash.</summary>
    public TimeSpan CrashWindow { get; set; } = TimeSpan.FromSeconds(60);
}
