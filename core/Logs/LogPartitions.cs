using System.Globalization;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;

namespace RootCx.Core.Logs;

/// <summary>Keeps the log's daily partitions: makes the coming days, drops those past the retention whole.</summary>
public sealed class LogPartitions(NpgsqlDataSource database, IOptions<LogOptions> options, TimeProvider time)
{
    private const int DaysAhead = 3;
    private const string Prefix = "log_entries_d";
    private const string Form = "yyyyMMdd";

    /// <summary>Brings the partitions up to date; any number of instances may do so at once.</summary>
    public async Task MaintainAsync(CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var oldest = today.AddDays(-(int)Math.Ceiling(options.Value.Retention.TotalDays));
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(
            "select pg_advisory_xact_lock(hashtextextended('rootcx_system.log_partitions', 0))", transaction: transaction);
        var present = (await connection.QueryAsync<string>(
            "select inhrelid::regclass::text from pg_inherits where inhparent = 'log_entries'::regclass", transaction: transaction)).ToHashSet();

        for (var day = today; day <= today.AddDays(DaysAhead); day = day.AddDays(1))
        {
            var name = Prefix + day.ToString(Form, CultureInfo.InvariantCulture);
            var caught = await connection.ExecuteScalarAsync<bool>(
                "select exists (select from log_entries_other where at >= @from and at < @to)", Bounds(day), transaction);
            if (!present.Contains(name) && !caught)
            {
                await connection.ExecuteAsync(
                    $"create table {name} partition of log_entries for values from ('{day:yyyy-MM-dd}') to ('{day.AddDays(1):yyyy-MM-dd}')",
                    transaction: transaction);
            }
        }

        foreach (var name in present.Where(name => DayOf(name) < oldest))
        {
            await connection.ExecuteAsync($"drop table {name}", transaction: transaction);
        }

        await connection.ExecuteAsync("delete from log_entries_other where at < @from", Bounds(oldest), transaction);
        await transaction.CommitAsync(cancellationToken);
    }

    private static object Bounds(DateOnly day) => new
    {
        from = day.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc),
        to = day.AddDays(1).ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc),
    };

    private static DateOnly? DayOf(string partition) =>
        partition.StartsWith(Prefix, StringComparison.Ordinal)
        && DateOnly.TryParseExact(partition[Prefix.Length..], Form, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? day
            : null;
}
