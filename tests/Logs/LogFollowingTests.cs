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
        var stream = new LogStream(new LogReader(database), listener, options, TimeProvider.System);

        var (signs, last) = (0, 0L);
        await WriteAsync(database, "one");
        await foreach (var entry in stream.FollowAsync("app", 0, TestContext.Current.CancellationToken))
        {
            signs += entry is null ? 1 : 0;
            last = entry?.Id ?? last;
        }

        Assert.InRange(signs, 1, 5);
        await WriteAsync(database, "two");
        await foreach (var entry in stream.FollowAsync("app", last, TestContext.Current.CancellationToken))
        {
            Assert.Equal("two", entry!.Message);
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
        var stream = new LogStream(new LogReader(database), listener, Options.Create(new LogOptions()), TimeProvider.System);

        await using var lines = stream.FollowAsync("app", 0, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        var next = lines.MoveNextAsync();
        await WriteAsync(database, "unannounced");
        Assert.True(await next);
        Assert.Equal("unannounced", lines.Current!.Message);
    }

    private static async Task WriteAsync(NpgsqlDataSource database, string message)
    {
        await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync("insert into log_entries (app_id, at, level, message) values ('app', now(), 'info', @message)", new { message });
    }
}
