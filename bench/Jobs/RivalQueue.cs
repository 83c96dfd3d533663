using System.Text.Json;
using Npgsql;

namespace RootCx.Bench.Jobs;

/// <summary>A job queue of others that keeps its jobs in Postgres as well. A script for Node.js in the folder <c>rivals</c> measures it.</summary>
internal sealed class RivalQueue
{
    private static readonly NodeFolder Folder = new("Jobs", "rivals");

    private RivalQueue(string name) => Name = name;

    /// <summary>graphile-worker.</summary>
    public static RivalQueue GraphileWorker { get; } = new("graphile-worker");

    /// <summary>pg-boss.</summary>
    public static RivalQueue PgBoss { get; } = new("pg-boss");

    /// <summary>What its package and its script are called.</summary>
    public string Name { get; }

    /// <summary>Jobs per second.</summary>
    /// <param name="measurement"><c>enqueue-one</c>, <c>enqueue-batch</c>, <c>drain</c> or <c>drain-crowded</c>.</param>
    /// <param name="postgres">Npgsql's connection string; the script works in a schema of its own and drops it.</param>
    /// <param name="cancellationToken">Kills the script.</param>
    /// <exception cref="InvalidOperationException">The script failed; its words are in the message.</exception>
    public async Task<double> PerSecondAsync(string measurement, string postgres, CancellationToken cancellationToken) =>
        (await MeasureAsync(measurement, postgres, cancellationToken)).GetProperty("perSecond").GetDouble();

    /// <summary>From just before a job is enqueued to the entry of its handler in an idle worker, in milliseconds.</summary>
    /// <inheritdoc cref="PerSecondAsync" path="/param"/>
    /// <inheritdoc cref="PerSecondAsync" path="/exception"/>
    public async Task<(double P50, double P99)> LatencyAsync(string postgres, CancellationToken cancellationToken)
    {
        var measured = await MeasureAsync("latency", postgres, cancellationToken);
        return (measured.GetProperty("p50").GetDouble(), measured.GetProperty("p99").GetDouble());
    }

    private async Task<JsonElement> MeasureAsync(string measurement, string postgres, CancellationToken cancellationToken)
    {
        using var process = await Folder.StartAsync([$"{Name}.mjs", Url(postgres), measurement], cancellationToken);
        return JsonElement.Parse(await NodeFolder.ReadAsync(process, cancellationToken));
    }

    private static string Url(string postgres)
    {
        var parts = new NpgsqlConnectionStringBuilder(postgres);
        var user = $"{Uri.EscapeDataString(parts.Username ?? "")}:{Uri.EscapeDataString(parts.Password ?? "")}";
        return $"postgres://{user}@{parts.Host}:{parts.Port}/{parts.Database}";
    }
}
