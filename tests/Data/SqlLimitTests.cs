using Npgsql;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Data;

/// <summary>The bounds of <c>ctx.sql</c>.</summary>
public sealed class SqlLimitTests(SqlApp app, PlatformStack stack) : IClassFixture<SqlApp>
{
    private const string TooManyRows = "the statement returns more than 1000 rows: give it a limit, and read on from there";

    [Fact]
    public async Task A_thousand_rows_are_returned_and_one_more_is_an_error()
    {
        Assert.Equal(1000, (await app.SqlAsync("select generate_series(1, 1000)"))["rows"]!.AsArray().Count);
        await app.AssertFailsAsync("select generate_series(1, 1001)", TooManyRows);
    }

    [Fact]
    public async Task The_rows_beyond_the_limit_are_not_waited_for()
    {
        var begun = TimeProvider.System.GetTimestamp();
        await app.AssertFailsAsync("select generate_series(1, 1000000000), repeat('x', 1000)", TooManyRows);
        Assert.InRange(TimeProvider.System.GetElapsedTime(begun), TimeSpan.Zero, TimeSpan.FromSeconds(6));
    }

    [Fact]
    public async Task A_statement_whose_result_is_refused_has_not_happened()
    {
        await app.OwnAsync("create table refused (n int)");
        await app.AssertFailsAsync("insert into refused select generate_series(1, 1001) returning n", TooManyRows);
        await app.AssertFailsAsync("insert into refused values (1) returning repeat('x', 20000000)", "the result of sql() is longer than the 16776192 bytes that can be sent");
        Assert.Equal(0, (await app.ValueAsync("select count(*) from refused"))!.GetValue<int>());
    }

    [Theory]
    [InlineData("select repeat('x', 20000000)")]
    [InlineData("select repeat('x', 100000000)")]
    [InlineData("select repeat('x', 100000) from generate_series(1, 200)")]
    [InlineData("select repeat(chr(1), 5000000)")]
    public Task A_result_longer_than_a_message_is_an_error(string text) =>
        app.AssertFailsAsync(text, "the result of sql() is longer than the 16776192 bytes that can be sent");

    [Fact]
    public async Task A_statement_that_takes_longer_than_eight_seconds_is_cancelled()
    {
        var begun = TimeProvider.System.GetTimestamp();
        await app.AssertFailsAsync("select pg_sleep(20)", "the statement took longer than 8 s and was cancelled");
        Assert.InRange(TimeProvider.System.GetElapsedTime(begun), TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(15));
        Assert.Equal(1, (await app.ValueAsync("select 1"))!.GetValue<int>());
    }

    [Fact]
    public async Task Four_statements_of_an_app_run_at_once()
    {
        var other = await stack.Admin.DeployedAsync(SqlApp.Source);
        const string Code = """
            const at = [];
            await Promise.all(Array.from({ length: 5 }, () => ctx.sql("select pg_sleep(0.5)").then(() => at.push(performance.now()))));
            return at.map((time) => Math.round(time - at[0]));
            """;
        var at = (await other.RpcAsync("run", new System.Text.Json.Nodes.JsonObject { ["code"] = Code }))!.AsArray();
        Assert.InRange(at[4]!.GetValue<int>(), 300, 10_000);
        await Eventually.TrueAsync(async () => await SessionsAsync(other.Id) is > 0 and <= 4, "there are other connections than four");
    }

    [Fact]
    public async Task More_than_a_hundred_statements_in_a_second_are_refused_and_after_it_they_run_again()
    {
        var other = await stack.Admin.DeployedAsync("""
            serve({ flood: async (_, __, { sql }) => {
              const answers = await Promise.allSettled(Array.from({ length: 150 }, () => sql("select 1")));
              return Object.entries(Object.groupBy(answers, ({ reason }) => reason?.message ?? "ran")).map(([what, { length }]) => `${length} ${what}`).sort();
            }, one: (_, __, { sql }) => sql("select 1").then(() => true, () => false) });
            """);
        Assert.Equal("""["100 ran","50 more than 100 statements in a second"]""", (await other.RpcAsync("flood"))!.ToJsonString());
        await Eventually.TrueAsync(async () => (await other.RpcAsync("one"))!.GetValue<bool>(), "statements are refused for ever");
    }

    [Theory]
    [InlineData("process.exit(3)")]
    [InlineData("process.kill(process.pid, 'SIGKILL')")]
    public async Task A_worker_that_dies_leaves_no_statement_running(string end)
    {
        var other = await stack.Admin.DeployedAsync($$"""
            serve({ sleep: (_, __, { sql }) => sql("select pg_sleep(7)"), end: () => { {{end}}; } });
            """);
        var sleeping = other.SendRpcAsync("sleep");
        await Eventually.TrueAsync(async () => await SessionsAsync(other.Id, active: true) == 1, "the statement does not run");

        using var ended = await other.SendRpcAsync("end");
        await Eventually.TrueAsync(async () => await SessionsAsync(other.Id) == 0, "the statement runs on", TimeSpan.FromSeconds(4));
        using var lost = await sleeping;
        await lost.AssertErrorContainsAsync(System.Net.HttpStatusCode.InternalServerError, "before it answered");
    }

    [Fact]
    public async Task A_worker_that_is_stopped_leaves_no_connection_and_one_that_is_replaced_takes_new_ones()
    {
        const string Source = "serve({ one: (_, __, { sql }) => sql('select 1') });";
        var other = await stack.Admin.DeployedAsync(Source);
        await other.RpcAsync("one");
        Assert.Equal(1, await SessionsAsync(other.Id));

        await stack.Admin.DeployedAsync(Source, other.Id);
        await other.RpcAsync("one");
        using var stopped = await other.WorkerAsync("stop");
        await Eventually.TrueAsync(async () => await SessionsAsync(other.Id) == 0, "a connection is left");
    }

    private async Task<int> SessionsAsync(string appId, bool active = false)
    {
        await using var database = NpgsqlDataSource.Create(stack.Own.Description.Postgres);
        await using var count = database.CreateCommand(
            $"select count(*)::int from pg_stat_activity where usename = 'rootcx_app_{appId}' and application_name = 'rootcx ctx.sql'{(active ? " and state = 'active'" : "")}");
        return (int)(await count.ExecuteScalarAsync(TestContext.Current.CancellationToken))!; // a count
    }
}
