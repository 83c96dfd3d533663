using System.Globalization;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Doorbells;
using RootCx.Core.Logs;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Logs;

public sealed class LogFollowingTests(PlatformStack stack)
{
    [Fact]
    public async Task A_stream_shows_signs_of_life_ends_by_itself_and_is_resumed_without_loss()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        await using var database = NpgsqlDataSource.Create($"{empty.ConnectionString};Search Path=rootcx_system");
        await using var listener = new DoorbellListener(database, TimeProvider.System, NullLogger<DoorbellListener>.Instance);
        var options = Options.Create(new LogOptions { StreamLifetime = TimeSpan.FromSeconds(5), KeepAlive = TimeSpan.FromSeconds(3) });
        await using var stream = new LogStream(new LogReader(database), listener, options, TimeProvider.System, NullLogger<LogStream>.Instance);

        var (signs, last) = (0, 0L);
        await WriteAsync(database, "one");
        await foreach (var entries in stream.FollowAsync("app", 0, TestContext.Current.CancellationToken))
        {
            signs += entries is [] ? 1 : 0;
            last = entries is [.., var newest] ? newest.Id : last;
        }

        Assert.InRange(signs, 1, 5);
        await WriteAsync(database, "two");
        await foreach (var entries in stream.FollowAsync("app", last, TestContext.Current.CancellationToken))
        {
            Assert.Equal(["two"], entries.Select(entry => entry.Message));
            return;
        }

        Assert.Fail("the resumed stream had nothing");
    }

    [Fact]
    public async Task A_line_is_seen_when_its_bell_was_lost()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        await using var database = NpgsqlDataSource.Create($"{empty.ConnectionString};Search Path=rootcx_system");
        await using var listener = new DoorbellListener(database, TimeProvider.System, NullLogger<DoorbellListener>.Instance);
        await using var stream = new LogStream(new LogReader(database), listener, Options.Create(new LogOptions()), TimeProvider.System, NullLogger<LogStream>.Instance);

        await using var lines = stream.FollowAsync("app", 0, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        var next = lines.MoveNextAsync();
        await WriteAsync(database, "unannounced");
        Assert.True(await next);
        Assert.Equal(["unannounced"], lines.Current.Select(entry => entry.Message));
    }

    [Fact]
    public async Task One_that_reads_slowly_loses_nothing_and_holds_up_nobody()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        await using var database = NpgsqlDataSource.Create($"{empty.ConnectionString};Search Path=rootcx_system");
        await using var listener = new DoorbellListener(database, TimeProvider.System, NullLogger<DoorbellListener>.Instance);
        await using var stream = new LogStream(new LogReader(database), listener, Options.Create(new LogOptions()), TimeProvider.System, NullLogger<LogStream>.Instance);
        await using var slow = stream.FollowAsync("app", 0, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        await using var quick = stream.FollowAsync("app", 0, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        foreach (var message in new[] { "there before", "to be live" })
        {
            await WriteAsync(database, message);
            Assert.Equal([message], await NextAsync(slow));
            Assert.Equal([message], await NextAsync(quick));
        }

        // Far more than is kept for one that does not read.
        await using (var flood = database.CreateCommand(
            "insert into log_entries (app_id, at, level, message) select 'app', now(), 'info', n::text from generate_series(1, 6000) n"))
        {
            await flood.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        var expected = Enumerable.Range(1, 6000).Select(number => number.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(expected, await TakeAsync(quick, 6000));
        Assert.Equal(expected, await TakeAsync(slow, 6000));

        await WriteAsync(database, "live again");
        Assert.Equal(["live again"], await NextAsync(slow));
    }

    private static async Task<IEnumerable<string>> NextAsync(IAsyncEnumerator<IReadOnlyList<LogEntry>> lines)
    {
        Assert.True(await lines.MoveNextAsync());
        return lines.Current.Select(entry => entry.Message);
    }

    private static async Task<List<string>> TakeAsync(IAsyncEnumerator<IReadOnlyList<LogEntry>> lines, int count)
    {
        var taken = new List<string>();
        while (taken.Count < count)
        {
            taken.AddRange(await NextAsync(lines));
        }

        return taken;
    }

    private static async Task WriteAsync(NpgsqlDataSource database, string message)
    {
        await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync("insert into log_entries (app_id, at, level, message) values ('app', now(), 'info', @message)", new { message });
    }
}
