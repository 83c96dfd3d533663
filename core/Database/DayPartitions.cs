using System.Globalization;
using Dapper;
using Npgsql;

namespace RootCx.Core.Database;

/// <summary>
/// Keeps the daily partitions of tables that are partitioned by a time: makes the coming days, drops those past the retention whole. Each table has a
/// default partition of its name with <c>_other</c>, which catches what no day was made for.
/// </summary>
public sealed class DayPartitions(NpgsqlDataSource database, TimeProvider time)
{
    private const int DaysAhead = 3;
    private const int Batch = 5000; // rows that one statement deletes
    private const string Form = "yyyyMMdd";

    /// <summary>Brings a table's partitions up to date; any number of instances may do so at once.</summary>
    /// <param name="table">The table.</param>
    /// <param name="column">The time it is partitioned by.</param>
    /// <param name="retention">How long rows are kept at least; less than a day more.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task MaintainAsync(string table, string column, TimeSpan retention, CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var oldest = today.AddDays(-(int)Math.Ceiling(retention.TotalDays));
        var prefix = $"{table}_d";
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(
            "select pg_advisory_xact_lock(hashtextextended('rootcx_system.partitions.' || @table, 0))", new { table }, transaction);
        var present = (await connection.QueryAsync<string>(
            "select inhrelid::regclass::text from pg_inherits where inhparent = @table::regclass", new { table }, transaction)).ToHashSet();

        for (var day = today; day <= today.AddDays(DaysAhead); day = day.AddDays(1))
        {
            var name = prefix + day.ToString(Form, CultureInfo.InvariantCulture);
            var (from, to) = Bounds(day);
            var caught = await connection.ExecuteScalarAsync<bool>(
                $"select exists (select from {table}_other where {column} >= @from and {column} < @to)", new { from, to }, transaction);
            if (!present.Contains(name) && !caught)
            {
                await connection.ExecuteAsync(
                    $"create table {name} partition of {table} for values from ('{day:yyyy-MM-dd}') to ('{day.AddDays(1):yyyy-MM-dd}')",
                    transaction: transaction);
            }
        }

        foreach (var name in present.Where(name => DayOf(prefix, name) < oldest))
        {
            await connection.ExecuteAsync($"drop table {name}", transaction: transaction);
        }

        await transaction.CommitAsync(cancellationToken);
        while (await connection.ExecuteAsync(
            $"delete from {table}_other where ctid in (select ctid from {table}_other where {column} < @from limit @Batch)", new { from = Bounds(oldest).From, Batch }) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static (DateTime From, DateTime To) Bounds(DateOnly day) =>
        (day.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc), day.AddDays(1).ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc));

    private static DateOnly? DayOf(string prefix, string partition) =>
        partition.StartsWith(prefix, StringComparison.Ordinal)
        && DateOnly.TryParseExact(partition[prefix.Length..], Form, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? day
            : null;
}
