using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Database;

namespace RootCx.Core.Jobs;

/// <summary>Bounds what is kept of jobs that have ended.</summary>
public sealed class JobMaintenance(NpgsqlDataSource database, DayPartitions partitions, IOptions<JobOptions> options)
{
    private const int Batch = 5000;

    /// <summary>Makes the coming days of the archive and of the dead letters, drops those past their retention, and forgets keys that have run out.</summary>
    public async Task MaintainAsync(CancellationToken cancellationToken)
    {
        await partitions.MaintainAsync("job_archive", "ended_at", options.Value.ArchiveRetention, cancellationToken);
        await partitions.MaintainAsync("job_failures", "ended_at", options.Value.FailureRetention, cancellationToken);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(
            """
            delete from job_counts
            where day < (now() at time zone 'UTC')::date - case when state = 'completed' then @archive else @failures end
            """,
            new { archive = Days(options.Value.ArchiveRetention), failures = Days(options.Value.FailureRetention) });
        while (await connection.ExecuteAsync(
            "delete from job_keys where (app_id, key) in (select app_id, key from job_keys where expires_at <= now() limit @Batch)", new { Batch }) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static int Days(TimeSpan retention) => (int)Math.Ceiling(retention.TotalDays);
}
