using Dapper;
using Npgsql;
using RootCx.Core.Database;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Database;

public sealed class DayPartitionTests(PlatformStack stack)
{
    [Fact]
    public async Task Days_are_made_ahead_and_dropped_whole_when_they_are_past_the_retention()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        await using var database = NpgsqlDataSource.Create($"{empty.ConnectionString};Search Path=rootcx_system");
        var clock = new SetClock(new DateTimeOffset(2026, 2, 27, 23, 59, 0, TimeSpan.Zero));
        var partitions = new DayPartitions(database, clock);

        await Task.WhenAll(MaintainAsync(partitions, 2), MaintainAsync(partitions, 2));
        Assert.Equal(["20260227", "20260228", "20260301", "20260302"], await DaysAsync(database));

        await WriteAsync(database, "2026-02-27 12:00Z", "2026-02-28 12:00Z", "2026-01-01 12:00Z");
        clock.Now = new DateTimeOffset(2026, 3, 2, 0, 1, 0, TimeSpan.Zero);
        await MaintainAsync(partitions, 2);
        Assert.Equal(["20260228", "20260301", "20260302", "20260303", "20260304", "20260305"], await DaysAsync(database));
        Assert.Equal(["2026-02-28"], await LinesAsync(database));
    }

    [Fact]
    public async Task A_day_that_nobody_made_in_time_is_kept_and_dropped_like_any_other()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        await using var database = NpgsqlDataSource.Create($"{empty.ConnectionString};Search Path=rootcx_system");
        await WriteAsync(database, "2026-05-01 12:00Z");
        var clock = new SetClock(new DateTimeOffset(2026, 5, 1, 13, 0, 0, TimeSpan.Zero));
        var partitions = new DayPartitions(database, clock);

        await MaintainAsync(partitions, 1);
        Assert.Equal(["2026-05-01"], await LinesAsync(database));

        clock.Now += TimeSpan.FromDays(3);
        await MaintainAsync(partitions, 1);
        Assert.Empty(await LinesAsync(database));
    }

    private static Task MaintainAsync(DayPartitions partitions, int days) =>
        partitions.MaintainAsync("log_entries", "at", TimeSpan.FromDays(days), TestContext.Current.CancellationToken);

    private static async Task WriteAsync(NpgsqlDataSource database, params string[] times)
    {
        await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync(
            "insert into log_entries (app_id, at, level, message) select 'app', time::timestamptz, 'info', 'line' from unnest(@times) as time", new { times });
    }

    private static async Task<IEnumerable<string>> DaysAsync(NpgsqlDataSource database)
    {
        await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        return await connection.QueryAsync<string>(
            "select right(inhrelid::regclass::text, 8) from pg_inherits where inhparent = 'log_entries'::regclass and inhrelid::regclass::text like '%\\_d20%' order by 1");
    }

    private static async Task<IEnumerable<string>> LinesAsync(NpgsqlDataSource database)
    {
        await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        return await connection.QueryAsync<string>("select to_char(at at time zone 'UTC', 'YYYY-MM-DD') from log_entries order by at");
    }
}
