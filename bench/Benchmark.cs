namespace RootCx.Bench;

/// <summary>One benchmark, run by its name.</summary>
internal abstract class Benchmark
{
    /// <summary>On the command line.</summary>
    public abstract string Name { get; }

    /// <summary>Measures; may take minutes.</summary>
    public abstract Task<IReadOnlyList<Figure>> RunAsync(CancellationToken cancellationToken);
}

/// <summary>One figure and what it is compared with, both measured in the same run.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Value">In <paramref name="Unit"/>.</param>
/// <param name="Unit">Such as <c>ms</c>.</param>
/// <param name="Baseline">The same of what it is compared with, or null.</param>
/// <param name="BaselineName">What that is.</param>
internal sealed record Figure(string Name, double Value, string Unit, double? Baseline = null, string? BaselineName = null)
{
    /// <summary>Value over baseline; null over nothing.</summary>
    public double? Ratio => Baseline is 0 ? null : Value / Baseline;
}
